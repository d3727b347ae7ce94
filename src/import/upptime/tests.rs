//! What is made of the folders of monitors.
