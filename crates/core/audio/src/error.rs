//! Why sound is not made.

/// What cannot be played.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A rate or a number of channels that no sound has.
    #[error("sound of {channels} channels at {rate} Hz is not supported")]
    Format {
        /// Frames a second.
        rate: u32,
        /// Samples a frame.
        channels: usize,
    },
    /// A packet of Opus that cannot be decoded.
    #[error("packet of Opus is damaged")]
    Packet,
    /// The encoder has not taken the samples.
    #[error("sound could not be encoded")]
    Encode,
    /// A setting out of its range.
    #[error("setting of the encoder is out of range")]
    Setting,
}

/// The result of making sound.
pub type Result<T, E = Error> = std::result::Result<T, E>;
