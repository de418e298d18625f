// The playground: assistants, configuration, thread and run log.

// Before the thread is scrolled to its end, since a time in another language may need more room.
import "../shell/moments.js";
import "../threads/cards.js";
import "../threads/line.js";
import "../threads/find.js";
import "../threads/composer.js";
import "../threads/enter_offer.js";
import "../threads/edits.js";
import "../threads/action_card.js";
import "../threads/context_meter.js";
import "../threads/title.js";
import "../threads/citations.js";
import "../threads/math.js";
import "../runs/run_log.js";
import "../runs/waterfall.js";
import "../assistants/configuration.js";
import "../assistants/function_dialog.js";
import "../assistants/new_name.js";
import "../assistants/running_dots.js";
import "../files/uploads.js";
import "../forms/fields.js";
import "../forms/rows.js";
import "../forms/model_menu.js";
import "../forms/code_field.js";
import "../shell/panels.js";
import "../shell/list_tabs.js";
import "../shell/rove.js";
import "../shell/scroll_places.js";
import "../shell/keyboard.js";
import "../shell/palette.js";
import "../shell/dialogs.js";
import "../shell/copy.js";
import "../shell/fresh.js";
import "../shell/keep_focus.js";
import "../shell/toasts.js";
