import { curve, Weighted, type Draws } from './draws.js';
import { compareText, type Product } from './shop.js';

/** What the made shop sells. `weight` is the category's share of the articles, out of 100. */
const CATEGORIES = [
  {
    name: 'TABLEWARE',
    weight: 14,
    things: 'TEAPOT,SOUP BOWL,MILK JUG,BREAD PLATE,EGG SPOON,CAKE FORK,HONEY POT',
  },
  { name: 'PAPER', weight: 12, things: 'NOTEPAD,POSTCARD,ENVELOPE,BOOKMARK,DIARY,LABEL,WRITING SET,FOLDER' },
  { name: 'JEWELS', weight: 9, things: 'LOCKET,ANKLET,CUFFLINK,CHOKER,HAIR SLIDE,SIGNET,LAPEL PIN,EAR STUD' },
  { name: 'MIXED', weight: 8, things: 'KEY FOB,THERMOMETER,COMPASS,POCKET TORCH,SHOEHORN,FOLDING FAN' },
  { name: 'LAMPS', weight: 8, things: 'NIGHT LIGHT,TABLE LAMP,WAX BURNER,LAMP SHADE,TAPER,STORM LANTERN' },
  {
    name: 'WINTER',
    weight: 7,
    things: 'SLEIGH BELL,SNOW GLOBE,PINE CONE,FROST CRYSTAL,STOCKING,SKATE,ICICLE',
  },
  {
    name: 'WALLS',
    weight: 7,
    things: 'PICTURE RAIL,WALL MIRROR,MAP,ENAMEL PLATE,PINBOARD,PENNANT,BAROMETER',
  },
  { name: 'BOXES', weight: 7, things: 'BISCUIT TIN,SEWING BOX,WICKER TRUNK,SHELF BIN,TOOL CHEST,TEA CADDY' },
  { name: 'ORNAMENT', weight: 6, things: 'FIGURINE,VASE,PAPERWEIGHT,MOBILE,GLASS BALL,MUSIC BOX,TASSEL' },
  { name: 'PLAY', weight: 6, things: 'SPINNING TOP,KITE,RAG BEAR,MARBLES,PUPPET,YO-YO,TIN TRAIN,CARD GAME' },
  { name: 'BAGS', weight: 5, things: 'TOTE,RUCKSACK,BEACH BAG,COIN PURSE,PENCIL POUCH,WASH BAG,BOTTLE BAG' },
  {
    name: 'PARTY',
    weight: 4,
    things: 'STREAMER,PAPER HAT,INVITATION,PUNCH CUP,TABLE FLAG,GIFT BOW,LUCKY DIP',
  },
  { name: 'CLOTH', weight: 3, things: 'TEA TOWEL,FLOOR MAT,BEDSPREAD,NAPKIN,BATH SHEET,OVEN GLOVE,SHAWL' },
  { name: 'GARDEN', weight: 3, things: 'SEED TRAY,HAND RAKE,SUNDIAL,RAIN GAUGE,BIRD TABLE,HOSE REEL,TROUGH' },
  { name: 'CRAFT', weight: 1, things: 'LOOM,WOOL BALL,STENCIL,EMBROIDERY HOOP,CLAY KIT,BEAD MIX,FELT SHEET' },
].map(({ things, ...category }) => ({ ...category, things: things.split(',') }));

const LOOKS = (
  'AMBER AZURE BAMBOO BRASS CHALK COBALT COPPER CORAL CREAM FADED GLAZED INDIGO IVORY LINEN MOSS OAK OCHRE PEARL ' +
  'PLAID QUARTZ RUSTIC SLATE STRIPED TARTAN UMBER WALNUT'
).split(' ');
const MOTIFS = (
  'ANCHOR BADGER BEE CLOVER COMET CRANE FERN FOX HARE HERON KOI LEMON LIGHTHOUSE LILAC MOTH OTTER OWL PEAR PLUM ' +
  'POPPY SHELL SWALLOW THISTLE TORTOISE TULIP WHALE WILLOW WREN'
).split(' ');
/** Names hold commas and quotes here and there, as real ones do. */
const SIZES = [', SMALL', ', LARGE', ' 8"', ' 12"'];
const PACK_SIZES = [2, 3, 3, 4, 4, 6, 6, 10, 12, 12, 20, 36, 60, 72];

const PRICES_MINOR = curve(
  '0% 4, 1% 19, 5% 39, 10% 42, 20% 85, 30% 125, 40% 145, 50% 195, 60% 255, 70% 325, 80% 465, 90% 750, ' +
    '95% 995, 98% 1275, 99% 1895, 99.5% 2995, 99.9% 8500, 100% 16500',
);

/** Invents so many articles, each with a name of its own, in order of id. */
export function makeProducts(draws: Draws, count: number): Product[] {
  const categories = new Weighted(CATEGORIES, ({ weight }) => weight);
  const products = new Map<string, Product>();
  let number = 10_000;
  while (products.size < count) {
    const { name: category, things } = categories.draw(draws);
    const packageSize = draws.chance(0.09) ? draws.pick(PACK_SIZES) : 1;
    const pack = packageSize > 1 ? `SET OF ${packageSize} ` : '';
    const size = draws.chance(0.02) ? draws.pick(SIZES) : '';
    const name = `${pack}${draws.pick(LOOKS)} ${draws.pick(MOTIFS)} ${draws.pick(things)}${size}`;
    if (products.has(name)) continue;
    number += draws.int(1, 20);
    const productId = `${number}${draws.chance(0.15) ? draws.pick(['A', 'B', 'C', 'GR']) : ''}`;
    products.set(name, { productId, name, category, packageSize, unitPriceMinor: listPrice(draws) });
  }
  return [...products.values()].sort((a, b) => compareText(a.productId, b.productId));
}

/** Prices of half a pound and more end in 0 or 5. */
function listPrice(draws: Draws): number {
  const price = draws.value(PRICES_MINOR);
  return price < 50 ? Math.round(price) : Math.round(price / 5) * 5;
}
