//! Secrets as they are held and compared.

use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a secret. Two of them are compared in the same time however much they have in
/// common, and however long the secrets are.
pub(super) struct Digest([u8; 32]);

impl From<[u8; 32]> for Digest {
    fn from(digest: [u8; 32]) -> Self {
        Digest(digest)
    }
}

impl Digest {
    pub(super) fn of(secret: &[u8]) -> Self {
        Digest(<Sha256 as sha2::Digest>::digest(secret).into())
    }

    pub(super) fn is(&self, other: &Digest) -> Choice {
        self.0.ct_eq(&other.0)
    }
}
