"""The floors: the least code that shows the same rows on the same page, with nothing that makes a portal a portal.

No policy, no trail, no sealed texts, no forms, no languages. A ratio to a floor says what all of those cost.
"""
