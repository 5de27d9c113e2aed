//! RTP, the two AEAD modes of Discord's voice, SRTP: packets in, packets out.
