export { BACKGROUND_MODES, type BackgroundRequest, prepareBackground } from "./backgrounds/prepare-background.ts";
export type { PreparedBackground } from "./backgrounds/prepared-background.ts";
export { ageText } from "./footer-text.ts";
export { frameFor, type FrameRequest } from "./frame-for.ts";
export { pictureDifference } from "./picture-difference.ts";
export { type Drawing, openRenderer, type Renderer, type RendererOptions } from "./renderer.ts";
export { type OutputProfile, type PictureToWrite, writePicture, type WrittenPicture } from "./write-picture.ts";
export { type Icons, loadIcons } from "./scene/icons.ts";
export { vectorSvg } from "./scene/vector-svg.ts";
