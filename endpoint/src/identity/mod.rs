//! Who asks: tokens of issuers and signatures of backends, checked and turned into a caller.
//!
//! Nothing here knows routes; what is granted to whom is the store's.
