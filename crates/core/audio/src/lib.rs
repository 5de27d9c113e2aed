//! Samples in, samples out: resampling, filters, loudness, crossfade, limiter, time stretch, Opus.
