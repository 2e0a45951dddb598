//! Replays what the real Kubernetes and Helm answered (`tests/golden`, or the folder that `GOLDEN_DIR` names)
//! and prints a count a folder: `traces 103/103`.

mod replay;
