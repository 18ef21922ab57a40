// In which language a text is, for the browser and for those who have it read to them.

const TRADITIONAL = /[這們個還說時請單訊繳開關麼為會過與來對發點應該後從語話機電號錢賬帳貸額據閉選擇讓錯誤幫確認設]/;
const SIMPLIFIED = /[这们个还说时请单讯缴开关么为会过与来对发点应该从语话机电号钱账贷额据闭选择让错误帮确认设]/;
const LETTERS_OF_A_CHARACTER = 3; // a Chinese character says about as much as three letters

// `fallback`: a language tag for what has no letters, and for the script of Chinese that is the same in both.
export function languageOf(text, fallback = "en") {
  const characters = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = text.replace(/\/\w+|https?:\S+/g, "").match(/[A-Za-z]/g)?.length ?? 0;
  if (!characters && !letters) return tag(fallback);
  if (characters * LETTERS_OF_A_CHARACTER <= letters) return "en";
  if (TRADITIONAL.test(text)) return "zh-Hant";
  if (SIMPLIFIED.test(text)) return "zh-Hans";
  return /^zh/i.test(fallback) ? tag(fallback) : "zh-Hans";
}

// As Telegram gives it, `zh-hans`, to what a browser knows, `zh-Hans`.
export function tag(code) {
  const [language, ...more] = code.split("-");
  return [language, ...more.map((part) => (part.length === 4 ? part[0].toUpperCase() + part.slice(1) : part.toUpperCase()))].join("-");
}
