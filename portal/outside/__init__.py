"""Papers from elsewhere: brought by patients, looked at by clinicians line by line, part of the record only then."""
