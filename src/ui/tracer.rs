//! The one workbench of the page, for whoever renders or asks where a line comes from.

use std::cell::RefCell;
use std::rc::Rc;

use super::model::inputs::Inputs;
use super::model::rendering::Attempt;
use super::model::trace::Trace;
use super::model::workbench::Workbench;

/// A hold on the workbench.
#[derive(Clone, Default)]
pub(super) struct Tracer(Rc<RefCell<Workbench>>);

impl PartialEq for Tracer {
    fn eq(&self, other: &Tracer) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Tracer {
    /// One try to render.
    pub(super) fn attempt(&self, inputs: &Inputs) -> Attempt {
        self.0.borrow_mut().attempt(inputs)
    }

    /// Where each line comes from, or came from when the inputs last rendered.
    pub(super) fn latest(&self, inputs: &Inputs) -> Option<Rc<Trace>> {
        let mut bench = self.0.borrow_mut();
        bench.trace(inputs).or_else(|| bench.last_trace())
    }

    /// Where each line comes from; costs a rendering, once for the same inputs.
    pub(super) fn trace(&self, inputs: &Inputs) -> Option<Rc<Trace>> {
        self.0.borrow_mut().trace(inputs)
    }
}
