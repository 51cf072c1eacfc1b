//! The built web front as embedded bytes.
