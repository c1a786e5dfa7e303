"""The built-in OpenID provider. The portal treats it as a stranger."""
