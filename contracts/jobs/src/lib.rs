//! What other services know of the job engine.
