export * from "./basics";
export { confirm, Dialog } from "./dialog";
export { Field, Select, TextArea } from "./field";
export { Menu, type MenuItem } from "./menu";
export { saveText } from "./save";
export { toast, tried, wordsOf } from "./toast";
export { openAdd, openEdit } from "./overlays";
