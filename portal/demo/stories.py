"""What people wrote to the demo clinic in the last days. Invented."""

from __future__ import annotations

from dataclasses import dataclass

from portal.demo.roster import MARGERY

THANH, MARIANA = "02-synthea-thanh-mosciski", "04-synthea-mariana-acuna"
DIRK, BROOKS = "05-synthea-dirk-kuhlman", "07-clinosim-brooks-heart-failure-readmitted"
GARCIA = "08-clinosim-garcia-dka-admission"


@dataclass(frozen=True)
class Said:
    """One message: who (an e-mail's first part), how many working hours before now, and what.

    `kind` is message, note (staff only) or close (a last answer that ends the conversation). `by_clock` counts every
    hour, for what waits for a family and not for an office.
    """

    who: str
    hours_ago: float
    text: str
    kind: str = "message"
    by_clock: bool = False


@dataclass(frozen=True)
class Story:
    """A conversation about one patient. `about` is the LOINC code of the newest result it starts from, if any."""

    patient: str
    said: tuple[Said, ...]
    about: str | None = None


STORIES = (
    Story(
        MARGERY,
        (
            Said(
                "margery.gibson",
                26,
                "My potassium came back 5.6. Is that dangerous, and can I still eat bananas?",
            ),
            Said("amy.tran", 25, "Repeat panel is held for Wednesday at 8:00.", "note"),
            Said(
                "ines.okafor",
                2,
                "It is a little high, and not dangerous. Please keep taking the losartan, leave out bananas and salt "
                "substitutes for now, and come for a repeat test on Wednesday morning.",
            ),
        ),
        about="2823-3",
    ),
    Story(
        MARGERY,
        (
            Said(
                "rosa.tate",
                30,
                "Which pharmacy has the new losartan order? The one on Elm Street says they have nothing.",
            ),
            Said(
                "mariam.gleason",
                27,
                "We sent it to the Main Street pharmacy on the 2nd. I have moved it to Elm Street.",
            ),
        ),
    ),
    Story(
        MARGERY,
        (
            Said(
                "carl.gibson",
                5,
                "How is Margery doing after the last blood test? We have not heard anything.",
                by_clock=True,
            ),
        ),
    ),
    Story(
        MARGERY,
        (
            Said(
                "margery.gibson",
                7,
                "I would like to move my heart doctor visit to an afternoon, mornings are hard for me.",
            ),
        ),
    ),
    Story(
        MARGERY,
        (
            Said("margery.gibson", 80, "Can I get a copy of my vaccine record for the senior center?"),
            Said("jordan.blake", 70, "It is ready at the front desk, and in your record under Documents.", "close"),
        ),
    ),
    Story(
        THANH,
        (
            Said(
                "thanh.mosciski",
                3,
                "I gained four pounds since Saturday and my ankles are puffy. I feel fine otherwise.",
            ),
        ),
    ),
    Story(
        THANH, (Said("thanh.mosciski", 20, "The bill for my last visit shows the wrong insurance. Who can fix it?"),)
    ),
    Story(
        MARIANA,
        (Said("mariana.acuna", 6, "Buenas tardes, ¿qué significa mi resultado de colesterol? ¿Tengo que repetirlo?"),),
    ),
    Story(
        MARIANA, (Said("mariana.acuna", 28, "Necesito una carta para mi trabajo por la cita del lunes, por favor."),)
    ),
    Story(
        DIRK, (Said("dirk.kuhlman", 9, "I am almost out of metformin, three days left. Could you renew it please?"),)
    ),
    Story(
        DIRK,
        (
            Said("dirk.kuhlman", 33, "Is it all right to take ibuprofen for my knee with my kidneys?"),
            Said(
                "kwame.osei",
                29,
                "Better not. Take acetaminophen, at most 3 grams a day, and tell us if that is not enough.",
            ),
            Said("dirk.kuhlman", 10, "Thank you, that helped. Should I stop the one from the pharmacy too, the cream?"),
        ),
    ),
    Story(
        BROOKS,
        (
            Said(
                "sandra.brooks",
                4,
                "Nobody has called me since I came home. Who puts all of this together for me?",
            ),
        ),
    ),
    Story(BROOKS, (Said("sandra.brooks", 12, "Do I need to fast before the heart failure visit?"),)),
    Story(
        GARCIA,
        (Said("billy.garcia", 8, "My sugar was 310 twice this morning. I feel okay, just thirsty. What should I do?"),),
    ),
    Story(GARCIA, (Said("billy.garcia", 45, "I can't open the app on my new phone, it says the code is wrong."),)),
    # Answered in the last weeks: the times people are told come from these.
    *(
        Story(patient, (Said(who, hours, question), Said(doctor, hours - took, answer, "close")))
        for patient, who, doctor, hours, took, question, answer in (
            (MARGERY, "margery.gibson", "mariam.gleason", 60, 5, "When should I take the losartan?", "In the morning."),
            (
                DIRK,
                "dirk.kuhlman",
                "mariam.gleason",
                75,
                7,
                "Please pass this to Dr. Gleason: is 130 over 80 all right?",
                "Yes.",
            ),
            (
                THANH,
                "thanh.mosciski",
                "mariam.gleason",
                90,
                3,
                "Question for Dr. Gleason: when is my next A1c?",
                "In May.",
            ),
            (
                THANH,
                "thanh.mosciski",
                "ines.okafor",
                66,
                6,
                "Question for Dr. Okafor: how much may I drink a day?",
                "1.5 liters.",
            ),
            (
                MARGERY,
                "margery.gibson",
                "ines.okafor",
                84,
                4,
                "Question for Dr. Okafor: may I go swimming?",
                "Yes, gladly.",
            ),
            (
                BROOKS,
                "sandra.brooks",
                "ines.okafor",
                99,
                8,
                "Question for Dr. Okafor: do I keep the water pill?",
                "Yes.",
            ),
            (
                DIRK,
                "dirk.kuhlman",
                "amy.tran",
                58,
                2,
                "I have a new cough since Sunday, no fever.",
                "Rest, and call if it lasts.",
            ),
            (
                GARCIA,
                "billy.garcia",
                "amy.tran",
                71,
                1,
                "My heel hurts when I get up.",
                "Try these stretches for a week.",
            ),
            (
                THANH,
                "thanh.mosciski",
                "amy.tran",
                88,
                3,
                "I feel a bit tired this week.",
                "Please come in on Thursday.",
            ),
        )
    ),
)
