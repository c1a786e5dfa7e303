"""Reading HL7 C-CDA R2.1 documents (CDA R2): continuity of care, discharge summary, referral and consultation notes."""

from portal.interop.ccda.reader import read

__all__ = ["read"]
