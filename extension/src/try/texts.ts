/** What the page says, in the language of the browser. Answers themselves are said as the extension says them. */

import type { Language } from '../shared/settings.ts';

const EN = {
  lead: 'Whose thumbnail is in the picture?',
  stays: 'Choose a thumbnail, or a photo of a screen. The model runs in this page.',
  kept: 'Nothing is sent: pictures stay on this device.',
  samples: 'Or try one of these drawn ones',
  sample: 'A drawn thumbnail: $1',
  sent: 'A photo of a screen is sent to the computer where Thumbprint runs, to nobody else, and is not stored.',
  camera: 'Photo of a screen',
  file: 'Choose a picture',
  drop: 'or drop or paste one',
  demo: 'Demo',
  knows: 'Knows $1.',
  knows_more: 'Knows $1 and $2 more channels.',
  reading: 'Reading the picture…',
  finding: 'Looking for the thumbnail…',
  loading: 'Loading the model…',
  found: 'Found. Drag a corner where it is not quite right.',
  lost: 'No thumbnail was found: drag the four corners onto it.',
  by_hand: 'Drag the four corners onto the thumbnail.',
  placed: 'Drag a corner where it is not quite right.',
  find: 'Find it for me',
  find_note: 'Sends this photo to the computer where Thumbprint runs, to nobody else; it is not stored.',
  is_whole: 'Looked at as a whole.',
  whole: 'Whole picture',
  next: 'Another one ($1 of $2)',
  photo: 'The picture that you chose',
  corner_0: 'Top left corner',
  corner_1: 'Top right corner',
  corner_2: 'Bottom right corner',
  corner_3: 'Bottom left corner',
  corner_at: '$1: $2 from the left, $3 from the top. Arrow keys move it, with Shift further.',
  cutout: 'The thumbnail, cut out',
  all: 'All $1 channels',
  why: 'Why?',
  why_note: 'Sends this cut-out, never the photo, to the computer where Thumbprint runs. It says what speaks for $1.',
  why_waiting: 'The computer is working…',
  cold: 'says little',
  hot: 'says much',
  bad_file: '$1 cannot be read as a picture: choose a JPEG, PNG or WebP file.',
  cut_file: '$1 is cut short: take or save it once more.',
  large_file: '$1 is too large ($2): choose one of at most $3.',
  no_model: 'There is no converted model on the server yet. Make one there with “python -m converter RUN”, then load this page again.',
  new_model: 'The model is newer than this page. Run “make build” on the computer, then load this page again.',
  bad_model: 'The model cannot be used ($1). Run the converter again, then load this page again.',
  no_wasm: 'This browser cannot run the model (no WebAssembly with SIMD): use a newer one.',
  no_server: 'The computer does not answer. Is Thumbprint still running there, and this device in the same network?',
  no_entry: 'This device is no longer let in: open the newest address that the terminal shows.',
  no_finder: 'The computer could not look for the thumbnail ($1). Drag the four corners onto it.',
  no_heat: 'It gave no answer ($1).',
  report: 'Report',
  programs: 'API',
  channel: 'For the channel',
  failed: 'That did not work ($1). Load this page again.',
};

export type TextKey = keyof typeof EN;

const FR: Readonly<Record<TextKey, string>> = {
  lead: 'De qui est la miniature sur l’image\u00a0?',
  stays: 'Choisissez une miniature, ou la photo d’un écran. Le modèle tourne dans cette page.',
  kept: 'Rien n’est envoyé\u00a0: les images restent sur cet appareil.',
  samples: 'Ou essayez l’une de ces miniatures dessinées',
  sample: 'Une miniature dessinée\u00a0: $1',
  sent: 'Une photo d’écran n’est envoyée qu’à l’ordinateur où tourne Thumbprint, sans y être conservée.',
  camera: 'Photo d’un écran',
  file: 'Choisir une image',
  drop: 'ou déposez-la, ou collez-la',
  demo: 'Démo',
  knows: 'Connaît $1.',
  knows_more: 'Connaît $1 et $2 autres chaînes.',
  reading: 'Lecture de l’image…',
  finding: 'Recherche de la miniature…',
  loading: 'Chargement du modèle…',
  found: 'Trouvée. Déplacez un coin s’il n’est pas bien placé.',
  lost: 'Aucune miniature trouvée\u00a0: placez les quatre coins dessus.',
  by_hand: 'Placez les quatre coins sur la miniature.',
  placed: 'Déplacez un coin s’il n’est pas bien placé.',
  find: 'La trouver pour moi',
  find_note: 'Envoie cette photo à l’ordinateur où tourne Thumbprint, à lui seul, sans qu’elle y soit conservée.',
  is_whole: 'Regardée en entier.',
  whole: 'Image entière',
  next: 'Une autre ($1 sur $2)',
  photo: 'L’image choisie',
  corner_0: 'Coin supérieur gauche',
  corner_1: 'Coin supérieur droit',
  corner_2: 'Coin inférieur droit',
  corner_3: 'Coin inférieur gauche',
  corner_at: '$1\u00a0: à $2 de la gauche, à $3 du haut. Les flèches le déplacent, avec Maj plus loin.',
  cutout: 'La miniature découpée',
  all: 'Les $1 chaînes',
  why: 'Pourquoi\u00a0?',
  why_note: 'Envoie cette découpe, jamais la photo, à l’ordinateur où tourne Thumbprint. Il dit ce qui parle pour $1.',
  why_waiting: 'L’ordinateur travaille…',
  cold: 'dit peu',
  hot: 'dit beaucoup',
  bad_file: '$1 ne se lit pas comme une image\u00a0: choisissez un fichier JPEG, PNG ou WebP.',
  cut_file: '$1 est incomplète\u00a0: prenez-la ou enregistrez-la de nouveau.',
  large_file: '$1 est trop grande ($2)\u00a0: choisissez-en une de $3 au plus.',
  no_model: 'Il n’y a pas encore de modèle converti sur le serveur. Faites-en un avec «\u00a0python -m converter RUN\u00a0», puis rechargez cette page.',
  new_model: 'Le modèle est plus récent que cette page. Lancez «\u00a0make build\u00a0» sur l’ordinateur, puis rechargez cette page.',
  bad_model: 'Le modèle est inutilisable ($1). Relancez le convertisseur, puis rechargez cette page.',
  no_wasm: 'Ce navigateur ne peut pas faire tourner le modèle (pas de WebAssembly avec SIMD)\u00a0: prenez-en un plus récent.',
  no_server: 'L’ordinateur ne répond pas. Thumbprint y tourne-t-il encore, et cet appareil est-il dans le même réseau\u00a0?',
  no_entry: 'Cet appareil n’est plus admis\u00a0: ouvrez la dernière adresse que le terminal affiche.',
  no_finder: 'L’ordinateur n’a pas pu chercher la miniature ($1). Placez les quatre coins dessus.',
  no_heat: 'Il n’a pas répondu ($1).',
  report: 'Rapport',
  programs: 'API',
  channel: 'Pour la chaîne',
  failed: 'Cela n’a pas fonctionné ($1). Rechargez cette page.',
};

const TEXTS: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en: EN, fr: FR };

export type Say = (key: TextKey, ...values: readonly string[]) => string;

/** Gives texts in a language, each `$1` replaced by the first value. */
export function speaker(language: Language): Say {
  return (key, ...values) => TEXTS[language][key].replaceAll(/\$(\d)/g, (_, place: string) => values[Number(place) - 1] ?? '');
}

/** What went wrong, in a sentence of this page. */
export class TryError extends Error {
  override readonly name = 'TryError';
  readonly values: readonly string[];

  constructor(
    readonly key: TextKey,
    ...values: readonly string[]
  ) {
    super([key, ...values].join(': '));
    this.values = values;
  }
}
