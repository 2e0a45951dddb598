//! One replayer a golden folder. Each compares every case and reports through [`Tally`].

mod kubelet;
