// Every word that the player shows. The server may replace any of them through `strings` of the model; the keys are
// listed at the top of player.js.

/** @type {Record<string, [russian: string, english: string]>} */
export const WORDS = {
  play: ["Воспроизвести", "Play"],
  pause: ["Пауза", "Pause"],
  frame_back: ["На кадр назад", "One frame back"],
  frame_forward: ["На кадр вперёд", "One frame forward"],
  frame: ["кадр {n} из {count}", "frame {n} of {count}"],
  copy_time: ["Скопировать время", "Copy the time"],
  copied: ["Скопировано: {time}", "Copied: {time}"],
  copy_failed: ["Браузер не дал скопировать", "The browser refused to copy"],
  save_frame: ["Сохранить кадр в PNG", "Save the frame as PNG"],
  saved: ["Кадр сохранён: {name}", "Frame saved: {name}"],
  save_failed: ["Кадр не сохранён", "The frame was not saved"],
  speed: ["Скорость", "Speed"],
  mute: ["Выключить звук", "Mute"],
  unmute: ["Включить звук", "Unmute"],
  full_screen: ["Во весь экран", "Full screen"],
  keys: ["Клавиши", "Keys"],
  making: ["Просмотр готовится: {n} %", "The preview is being made: {n} %"],
  cannot_play: ["Браузер не может воспроизвести эту запись", "The browser cannot play this recording"],

  layers: ["Поверх изображения", "Over the picture"],
  faces: ["Лица", "Faces"],
  heat: ["Тепловая карта", "Heat map"],
  heat_weak: ["слабее", "weaker"],
  heat_strong: ["сильнее", "stronger"],
  heat_hint: ["Подсказка, куда смотреть, а не доказательство", "A hint where to look, not proof"],
  differences: ["Отличия от оригинала", "Differences from the original"],
  beside: ["Рядом с оригиналом", "Beside the original"],
  beside_outside: ["В этом месте пары в оригинале нет", "The original has no match here"],

  lens: ["Лупа", "Magnifier"],
  lens_level: ["Увеличение", "Level"],
  lens_black: ["Уровень чёрного", "Black level"],
  lens_white: ["Уровень белого", "White level"],
  lens_gamma: ["Гамма", "Gamma"],
  lens_nearest: ["Без сглаживания", "Show pixels"],
  lens_invert: ["Негатив", "Invert"],
  lens_reset: ["Сбросить", "Reset"],
  lens_hint: ["Наведите на изображение или двигайте стрелками", "Point at the picture, or move with the arrow keys"],
  picture: ["Изображение", "Picture"],
  picture_hint: ["Щёлкните по снимку: колесо меняет масштаб, мышь сдвигает", "Click the picture: the wheel zooms, dragging moves"],
  zoom_in: ["Крупнее", "Zoom in"],
  zoom_out: ["Мельче", "Zoom out"],
  zoom_whole: ["Целиком", "Whole picture"],

  span: ["Отрезок", "Span"],
  span_hint: ["Потяните здесь или нажмите I и O", "Drag here, or press I and O"],
  span_in: ["Начало", "In"],
  span_out: ["Конец", "Out"],
  span_start: ["Начало отрезка", "Start of the span"],
  span_end: ["Конец отрезка", "End of the span"],
  loop: ["Повторять", "Loop"],
  span_clear: ["Снять отрезок", "Clear"],

  wellness: ["Щадящий показ", "Gentle viewing"],
  blur: ["Размывать", "Blur"],
  grey: ["Без цвета", "Grey"],
  quiet: ["Без звука", "Silent"],
  show: ["Показать", "Show"],
  hide: ["Скрыть снова", "Hide again"],
  blurred: ["размыто", "blurred"],
  greyed: ["без цвета", "without colour"],
  silenced: ["без звука", "without sound"],

  timeline: ["Лента времени", "Timeline"],
  position: ["Положение в записи", "Position"],
  zoom: ["Масштаб ленты", "Timeline zoom"],
  zoom_fit: ["Вся запись", "All"],
  zoom_seconds: ["{n} с", "{n} s"],
  abstained: ["Воздержался", "Abstains"],
  not_applicable: ["Неприменим", "Not applicable"],
  failed: ["Сбой метода", "Failed"],
  pending: ["Ещё считается", "Still running"],

  key_shuttle: ["Назад, стоп, вперёд; повторное нажатие ускоряет", "Back, stop, forward; press again for faster"],
  key_second: ["Секунда назад, вперёд", "One second back, forward"],
  key_five: ["Пять секунд назад, вперёд", "Five seconds back, forward"],
  key_slower: ["Медленнее, быстрее", "Slower, faster"],
  key_mark: ["По метке: повторять её отрезок", "On a mark: loop its span"],
  click: ["щелчок", "click"],
  space: ["Пробел", "Space"],
  keys_on: ["Клавиши включены", "Keys are on"],
  close: ["Закрыть", "Close"],
};

/**
 * @callback Words
 * @param {string} key
 * @param {Record<string, string | number>} [values] what stands in braces
 * @returns {string}
 */

/**
 * @param {Record<string, string>} given `strings` of the model
 * @param {string} language of the page
 * @returns {Words}
 */
export function chooseWords(given, language) {
  const column = language.toLowerCase().startsWith("en") ? 1 : 0;
  return (key, values = {}) => {
    const text = typeof given[key] === "string" ? given[key] : (WORDS[key]?.[column] ?? key);
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}
