//! A gateway connection as a state machine.
