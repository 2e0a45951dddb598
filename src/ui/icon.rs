//! The page's icons: strokes on a grid of 16, drawn in the colour of their text, silent for screen readers since a
//! word always stands beside them or in the control's label.

use yew::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    Add,
    Auto,
    Back,
    Check,
    Chevron,
    Close,
    Cluster,
    Copy,
    Disk,
    Dots,
    End,
    Error,
    Forward,
    Help,
    Info,
    List,
    Moon,
    Name,
    Pause,
    Play,
    Remove,
    Skip,
    Start,
    Sun,
    Values,
    Wait,
    Warning,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Add => "M8 3v10M3 8h10",
            Icon::Auto => "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
            Icon::Back => "M10.5 3.5 5.5 8l5 4.5z",
            Icon::Check => "M3.5 8.5 6.5 11.5 12.5 4.5",
            Icon::Chevron => "M4.5 6.5 8 10l3.5-3.5",
            Icon::Close => "M4 4l8 8M12 4l-8 8",
            Icon::Cluster => "M2.5 3h4.5v4.5H2.5zM9 3h4.5v4.5H9zM2.5 10h4.5v3H2.5zM9 10h4.5v3H9z",
            Icon::Copy => "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
            Icon::Disk => {
                "M3 4.5C3 3.4 5.2 2.5 8 2.5s5 .9 5 2-2.2 2-5 2-5-.9-5-2zM3 4.5v7c0 1.1 2.2 2 5 2s5-.9 5-2v-7M3 8c0 1.1 2.2 2 5 2s5-.9 5-2"
            }
            Icon::Dots => "M3.5 8h.01M8 8h.01M12.5 8h.01",
            Icon::End => "M4 3.5 9 8l-5 4.5zM12 3.5v9",
            Icon::Error => "M5.5 2.5h5l3 3v5l-3 3h-5l-3-3v-5zM8 5.2v3.3M8 10.8h.01",
            Icon::Forward => "M5.5 3.5l5 4.5-5 4.5z",
            Icon::Help => {
                "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.2M8 11.2h.01"
            }
            Icon::Info => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.3v3.4M8 5.2h.01",
            Icon::List => "M3 4h10M3 8h10M3 12h6",
            Icon::Moon => "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
            Icon::Name => {
                "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c2 1.8 2.6 3.7 2.6 6S10 12.200 8 14c-2-1.800-2.600-3.700-2.600-6S6 3.800 8 2z"
            }
            Icon::Pause => "M5.5 3.500v9M10.500 3.500v9",
            Icon::Play => "M5 3.200l7 4.800-7 4.800z",
            Icon::Remove => "M3 8h10",
            Icon::Skip => "M3 3.5 7.5 8 3 12.500zM8.500 3.500 13 8l-4.500 4.500z",
            Icon::Start => "M12 3.500 7 8l5 4.500zM4 3.500v9",
            Icon::Sun => {
                "M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M12.600 3.400l-.9.9M4.300 11.700l-.9.9"
            }
            Icon::Values => "M3 4.500h5M11 4.500h2M3 11.500h2M8 11.500h5M9.500 3v3M6.500 10v3",
            Icon::Wait => {
                "M4.500 2.500h7M4.500 13.500h7M5.500 2.500v2.500L8 8l2.500-3V2.500M5.500 13.500V11L8 8l2.500 3v2.500"
            }
            Icon::Warning => "M8 2.500 14 13H2zM8 6.500v3M8 11.200h.01",
        }
    }

    /// The icon, drawn.
    pub(super) fn draw(self) -> Html {
        html! {
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d={self.path()} /></svg>
        }
    }
}
