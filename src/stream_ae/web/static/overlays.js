// What is drawn over a picture: boxes of the things in view, the heat map of novelty, the wipe.
import { HEAT_TABLE } from "./colours.js";

const MARK = "#ffc400"; // on grass, asphalt, skin and snow alike, between dark edges
const EDGE = "rgba(0, 0, 0, 0.75)";

/** Boxes with the things' numbers; dashed around what stands still. */
export function drawBoxes(context, { width, height, tracks, scale }) {
  context.save();
  context.font = `600 ${12 * scale}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  for (const { id, box, still } of tracks) {
    const [x, y, w, h] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
    context.setLineDash([]);
    context.lineWidth = 4 * scale;
    context.strokeStyle = EDGE;
    context.strokeRect(x, y, w, h);
    context.setLineDash(still ? [6 * scale, 4 * scale] : []);
    context.lineWidth = 2 * scale;
    context.strokeStyle = MARK;
    context.strokeRect(x, y, w, h);
    drawLabel(context, { text: `#${id}`, x, y, width, scale });
  }
  context.restore();
}

function drawLabel(context, { text, x, y, width, scale }) {
  const wide = context.measureText(text).width + 8 * scale;
  const high = 17 * scale;
  const left = Math.max(0, Math.min(x - scale, width - wide));
  const top = y - high < 0 ? y : y - high;
  context.fillStyle = MARK;
  context.fillRect(left, top, wide, high);
  context.fillStyle = "#1b1500";
  context.fillText(text, left + 4 * scale, top + high / 2);
}

/** How rare it is at each place, over the picture, which shows where it is usual. */
export class Heat {
  constructor() {
    this.canvas = document.createElement("canvas");
  }

  draw(context, { heat, width, height }) {
    const { rows, columns, values } = heat;
    const levels = atob(values);
    if (levels.length !== rows * columns) return;
    Object.assign(this.canvas, { width: columns, height: rows });
    const small = this.canvas.getContext("2d");
    const image = small.createImageData(columns, rows);
    for (let i = 0; i < levels.length; i += 1) {
      const level = 4 * levels.charCodeAt(i);
      image.data.set(HEAT_TABLE.subarray(level, level + 4), 4 * i);
    }
    small.putImageData(image, 0, 0);
    context.drawImage(this.canvas, 0, 0, width, height);
  }
}

/** The reconstruction to the right of a line at a share of the width, and the line. */
export function drawWipe(context, { picture, share, width, height, scale }) {
  const x = share * width;
  context.save();
  context.beginPath();
  context.rect(x, 0, width - x, height);
  context.clip();
  context.drawImage(picture, 0, 0, width, height);
  context.restore();
  context.fillStyle = EDGE;
  context.fillRect(x - 2 * scale, 0, 4 * scale, height);
  context.fillStyle = "#fff";
  context.fillRect(x - scale, 0, 2 * scale, height);
  context.beginPath();
  context.arc(x, height / 2, 11 * scale, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#15181d";
  context.font = `700 ${13 * scale}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText("⇔", x, height / 2);
  context.textAlign = "start";
}
