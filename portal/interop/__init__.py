"""Speaking with other systems: FHIR R4 in, and later out."""
