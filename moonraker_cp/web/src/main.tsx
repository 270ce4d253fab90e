import { render } from "preact";
import { App } from "./app";
import { connect } from "./live/store";
import { dress } from "./look";
import "./look/base.css";
import "./ui/ui.css";
import { firstLanguage, speak } from "./words";

dress();
connect();
// Words first: a page that changes its language under the reader's eyes is a jump.
void speak(firstLanguage())
  .catch(() => speak("en"))
  .finally(() => {
    const root = document.getElementById("app");
    if (root !== null) render(<App />, root);
  });
