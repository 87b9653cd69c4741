//! What Slack refuses for its size, as its documentation states it. Lengths are in characters, after escaping.

/// Blocks of a message: <https://docs.slack.dev/reference/block-kit/blocks>.
pub const MESSAGE_BLOCKS: usize = 50;
/// Blocks of a modal: the same page.
pub const MODAL_BLOCKS: usize = 100;
/// The text beside the blocks, shown in notifications. Slack cuts at 40,000 and recommends 4,000, which `chat.update`
/// insists on: <https://docs.slack.dev/reference/methods/chat.update>.
pub const MESSAGE_TEXT: usize = 4_000;
/// All texts in the blocks of a message together. No page says so; Slack answers `msg_blocks_too_long`, and its own people name
/// 12,000 "with a buffer for block containers": <https://github.com/slackapi/bolt-js/issues/2509>.
pub const MESSAGE_BLOCKS_TEXT: usize = 12_000;
/// `block_id`, any block.
pub const BLOCK_ID: usize = 255;

/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>.
pub const SECTION_TEXT: usize = 3_000;
/// One field of a section.
pub const SECTION_FIELD: usize = 2_000;
/// The fields of a section.
pub const SECTION_FIELDS: usize = 10;
/// <https://docs.slack.dev/reference/block-kit/blocks/header-block>.
pub const HEADER_TEXT: usize = 150;
/// <https://docs.slack.dev/reference/block-kit/blocks/context-block>.
pub const CONTEXT_ELEMENTS: usize = 10;
/// A text object where its place sets no smaller limit, such as a context block's:
/// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>.
pub const TEXT_OBJECT: usize = 3_000;
/// <https://docs.slack.dev/reference/block-kit/blocks/actions-block>.
pub const ACTIONS_ELEMENTS: usize = 25;
/// `image_url`: <https://docs.slack.dev/reference/block-kit/blocks/image-block>.
pub const IMAGE_URL: usize = 3_000;
/// `alt_text`, the same page.
pub const IMAGE_ALT_TEXT: usize = 2_000;
/// `title`, the same page.
pub const IMAGE_TITLE: usize = 2_000;
/// `label` and `hint`: <https://docs.slack.dev/reference/block-kit/blocks/input-block>.
pub const INPUT_LABEL: usize = 2_000;
/// All markdown blocks of a message: <https://docs.slack.dev/reference/block-kit/blocks/markdown-block>.
pub const MARKDOWN_TEXT: usize = 12_000;

/// `action_id`, any element.
pub const ACTION_ID: usize = 255;
/// <https://docs.slack.dev/reference/block-kit/block-elements/button-element>.
pub const BUTTON_TEXT: usize = 75;
/// `value` of a button, the same page.
pub const BUTTON_VALUE: usize = 2_000;
/// `url` of a button, the same page.
pub const BUTTON_URL: usize = 3_000;
/// `accessibility_label` of a button, the same page.
pub const BUTTON_ACCESSIBILITY_LABEL: usize = 75;
/// `placeholder`: <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element>.
pub const PLACEHOLDER: usize = 150;
/// `max_length` and `initial_value` of a text input, the same page.
pub const INPUT_LENGTH: usize = 3_000;
/// `options`: <https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element>.
pub const SELECT_OPTIONS: usize = 100;
/// `options`: <https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element>, and radio buttons.
pub const CHOICE_OPTIONS: usize = 10;
/// `options`: <https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element>.
pub const OVERFLOW_OPTIONS: usize = 5;
/// `text` and `description`: <https://docs.slack.dev/reference/block-kit/composition-objects/option-object>.
pub const OPTION_TEXT: usize = 75;
/// `value` of an option, the same page.
pub const OPTION_VALUE: usize = 150;
/// `title`: <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>.
pub const CONFIRM_TITLE: usize = 100;
/// `text` of a confirmation dialog, the same page.
pub const CONFIRM_TEXT: usize = 300;
/// `confirm` and `deny` of a confirmation dialog, the same page.
pub const CONFIRM_BUTTON: usize = 30;

/// `title`, `submit` and `close`: <https://docs.slack.dev/reference/views/modal-views>.
pub const MODAL_TITLE: usize = 24;
/// `private_metadata`, the same page.
pub const PRIVATE_METADATA: usize = 3_000;
/// `callback_id`, the same page.
pub const CALLBACK_ID: usize = 255;
