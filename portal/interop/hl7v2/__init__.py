"""HL7 v2 messages of systems that still send them: read, kept, told in FHIR, and taken by the importer."""
