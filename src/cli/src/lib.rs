//! The command line: check, serve, worker, user, models, doctor.
