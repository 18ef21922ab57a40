// The wallet's page opened by its address.

import { WalletPage } from "./pay.js";

const page = new WalletPage(decodeURIComponent(location.pathname.split("/").at(-1)));
page.root.classList.add("alone");
document.body.append(page.root);
page.open();
