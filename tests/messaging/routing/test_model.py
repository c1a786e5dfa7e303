"""The trained model: made again it is the same, it belongs to its corpus, it stays on this machine, it says when it is unsure."""  # noqa: E501

from __future__ import annotations

import subprocess
import sys

import pytest

from portal.messaging.routing import Incoming, features, route
from portal.messaging.routing.classifier import analyse
from portal.messaging.routing.combined import CombinedClassifier, default
from portal.messaging.routing.model import BadModel, read, shipped
from portal.messaging.routing.training import corpus
from portal.messaging.routing.training.build import build, model_file
from portal.messaging.routing.training.charts import chart
from portal.messaging.routing.training.train import apply, learn, look, write
from portal.messaging.routing.types import TOPICS
from tests.messaging.routing.clinic import context

SMALL = 90


@pytest.fixture(scope="module")
def few() -> list[corpus.Example]:
    """A small part of the corpus, some of every voice."""
    everything = corpus.load()
    return everything[:: len(everything) // SMALL]


def test_the_shipped_model_was_made_from_the_shipped_corpus() -> None:
    assert shipped().header["corpus"] == corpus.fingerprint()
    assert shipped().header["messages"] == len(corpus.load())


def test_the_model_file_is_small() -> None:
    assert model_file().stat().st_size < 6_000_000


def test_training_again_gives_the_same_file_to_the_last_bit(few: list[corpus.Example]) -> None:
    once = build(few, "a part")
    assert build(few, "a part") == once
    assert build(few[1:], "a part") != once


def test_reading_in_plain_python_gives_what_was_learned(few: list[corpus.Example]) -> None:
    reads = look(few)
    learned = learn(reads)
    model = read(write(learned, {}))
    for i, wished in enumerate(apply(learned, reads[:10])):
        got = model.score(reads[i].whole)
        assert got[: len(TOPICS)] == pytest.approx(wished[: len(TOPICS)].tolist(), abs=0.01)


def test_every_label_of_the_corpus_exists_and_no_message_stands_in_it_twice() -> None:
    examples = corpus.load()
    assert len(examples) >= 2000
    assert len({one.id for one in examples}) == len(examples)
    assert len({(one.text, one.role) for one in examples}) >= 0.995 * len(examples)


def test_a_voice_is_in_one_part_only() -> None:
    voices = {one.voice for one in corpus.load()}
    assert len(voices) >= 25
    assert {corpus.fold_of(voice, voices) for voice in voices} == set(range(corpus.FOLDS))


def test_a_damaged_or_foreign_file_is_refused() -> None:
    data = model_file().read_bytes()
    for broken in (b"", b"{}\n", data[:-2], data.replace(b'"schema":', b'"schemo":', 1), data[:5000]):
        with pytest.raises(BadModel):
            read(broken)


def test_reading_a_message_needs_no_package_of_training() -> None:
    code = (
        "import sys; from portal.messaging.routing.combined import default; default();"
        "assert not {'numpy', 'scipy', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_clear_message_is_read_without_a_question() -> None:
    decision = route(context(), Incoming("Please refill my gabapentin, I have ten days left."))
    assert decision.topic == "medication_refill"
    assert not decision.unsure and decision.choices == ()


def test_a_message_that_may_mean_two_things_says_so_and_names_them() -> None:
    decision = route(context(), Incoming("the other one"))
    assert decision.unsure
    first, second = decision.choices
    assert first == decision.topic and second in TOPICS and second != first


def test_a_topic_chosen_by_the_sender_ends_the_question_but_never_lowers_the_urgency() -> None:
    chosen = route(context(), Incoming("the other one", topic="billing_insurance"))
    assert chosen.topic == "billing_insurance" and not chosen.unsure
    grave = route(context(), Incoming("my chest hurts and I am sweating", topic="billing_insurance"))
    assert grave.urgency == "emergency"


def test_of_many_sentences_the_gravest_counts() -> None:
    chatter = "The dog is well and my sister came by with soup. We talked about the garden for an hour. " * 4
    grave = "One side of my face slid down this morning and my words come out like mush."
    assert route(context(), Incoming(chatter + grave + " " + chatter)).urgency == "emergency"


def test_confidences_are_chances() -> None:
    for text in ("refill please", "x", "chest pain now", "¿a qué hora es mi cita?"):
        decision = route(context(), Incoming(text))
        assert 0.0 <= decision.confidence <= 1.0
        assert 0.0 <= decision.urgency_confidence <= 1.0


def test_the_same_names_of_features_come_out_every_time() -> None:
    one = corpus.load()[0]
    at = chart(one)
    assert features.of(at, one.message, analyse(at, one.message)) == features.of(
        at, one.message, analyse(at, one.message)
    )


def test_the_classifier_of_the_product_is_made_once() -> None:
    assert default() is default()
    assert isinstance(default(), CombinedClassifier)
