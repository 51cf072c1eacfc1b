//! Keys, credentials, apps, sign-in.
