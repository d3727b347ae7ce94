//! The words and rules of a status page, pure.
