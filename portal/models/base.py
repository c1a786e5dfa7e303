"""What all tables share."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, MetaData, Table, Uuid, event
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from portal.infra.columns import UTCDateTime
from portal.infra.ids import new_id


class Base(DeclarativeBase):
    """Tables are singular snake_case; constraints are named so that migrations can find them."""

    __table__: ClassVar[Table]
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        uuid.UUID: Uuid(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class HasId:
    """A random public id."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)


@event.listens_for(Base, "init", propagate=True)
def _give_id(target: Any, _args: Any, kwargs: dict[str, Any]) -> None:
    """Ids are given when the row is made, so that the trail, seals and jobs can name it before it is stored."""
    if isinstance(target, HasId):
        kwargs.setdefault("id", new_id())


class PatientOwned(HasId):
    """A row of one patient's record. Reading it needs an action; writing it needs a trail.

    The guard (`portal.work.guards`) knows these tables by their `patient_id` column.
    """

    @declared_attr
    def patient_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(ForeignKey("person.id"))


def is_patient_owned(table: Any) -> bool:
    """Whether rows of this table belong to one patient's record (keys and the trail have guards of their own)."""
    return table.name == "person" or ("patient_id" in table.c and table.name not in ("audit_event", "patient_key"))
