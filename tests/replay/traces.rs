//! Replays what the real control plane did, step by step (`traces/README.md`).

mod player;
mod snapshot;

use serde_json::Value;

use super::Tally;

/// Two recordings (`pdb-max-unavailable`, `pdb-max-unavailable-0`) have the event NoPods of a budget that was created
/// right after its set; two others with manifests in the same order (`pdb-two`, `pdb-unhealthy-always`) do not.
const FLOOR: usize = 101;

#[test]
fn traces() {
    let Some(folder) = super::folder("traces") else { return };
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder was just found")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let only = std::env::var("GOLDEN_ONLY").ok();
    let mut tally = Tally::new("traces");
    for file in files {
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("golden files can be read");
        let trace: Value = serde_json::from_str(&text).expect("golden files are JSON");
        tally.run(name, || replay(&trace));
    }
    tally.finish(only.is_some().then_some(0).or(Some(FLOOR)));
}

fn replay(trace: &Value) -> Result<(), String> {
    let mut player = player::Player::new(trace);
    for step in trace["steps"].as_array().into_iter().flatten() {
        let describe = |difference: String| {
            let mut action = step["action"].to_string();
            if let Some((end, _)) = action.char_indices().nth(160) {
                action.truncate(end);
            }
            format!("step {} {action}\n{difference}", step["n"])
        };
        let response = player.act(&step["action"]);
        let expected = &step["response"];
        if !expected.is_null() {
            snapshot::compare_response(expected, &response).map_err(describe)?;
        }
        let racy = step["racyEvents"] == true;
        snapshot::compare(&step["snapshot"], &mut player, racy).map_err(describe)?;
    }
    Ok(())
}
