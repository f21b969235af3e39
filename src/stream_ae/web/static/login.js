// The form that asks for the token: in the reader's language, and saying where it was wrong.
import { translate } from "./words.js";

translate(document);
// A wrong token is answered with this form again, at the address that it was sent to.
const sent = location.pathname.endsWith("/login") || new URLSearchParams(location.search).has("token");
document.getElementById("wrong").hidden = !sent;
