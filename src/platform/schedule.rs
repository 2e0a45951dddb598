//! Work that waits until the browser has painted, so that typing never waits for it.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::prelude::*;

/// Scheduled work; dropping it calls it off.
#[must_use = "dropping a task calls it off"]
pub struct Task {
    timer: Rc<RefCell<Option<Timeout>>>,
    frame: Option<(i32, Closure<dyn FnMut()>)>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.timer.borrow_mut().take();
        if let (Some((id, _)), Some(window)) = (&self.frame, web_sys::window()) {
            let _ = window.cancel_animation_frame(*id);
        }
    }
}

/// Runs `work` once, after `delay` milliseconds and the next paint; in a hidden page, which never paints, right
/// after the delay.
pub fn after_paint(delay: u32, work: impl FnOnce() + 'static) -> Task {
    let timer = Rc::new(RefCell::new(None));
    let window = web_sys::window();
    let hidden =
        window.as_ref().and_then(|window| window.document()).is_none_or(|document| document.hidden());
    if let (false, Some(window)) = (hidden, window) {
        let later = Rc::clone(&timer);
        let mut work = Some(work);
        // A timer set inside a frame fires after that frame's paint.
        let frame = Closure::<dyn FnMut()>::new(move || {
            if let Some(work) = work.take() {
                *later.borrow_mut() = Some(Timeout::new(delay, work));
            }
        });
        if let Ok(id) = window.request_animation_frame(frame.as_ref().unchecked_ref()) {
            return Task { timer, frame: Some((id, frame)) };
        }
        return Task { timer, frame: None };
    }
    *timer.borrow_mut() = Some(Timeout::new(delay, work));
    Task { timer, frame: None }
}

/// Runs `work` once, as soon as the browser has dealt with what waits, be it a reader's input or a paint.
pub fn soon(work: impl FnOnce() + 'static) -> Task {
    Task { timer: Rc::new(RefCell::new(Some(Timeout::new(0, work)))), frame: None }
}

/// Milliseconds since the page was opened, of the wall clock that never goes back.
pub fn milliseconds() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// The wall clock, in seconds since 1970.
pub fn seconds_since_1970() -> u32 {
    (js_sys::Date::now() / 1000.0) as u32
}
