//! REST v10 and Guildhall's own REST.
