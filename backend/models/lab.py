"""The laboratory's recipe, faithful: the yardstick that `style` is measured against.

Pictures padded to a 224x224 square and scaled to [0, 1]; random rotation and zoom filled with black while training; a
frozen MobileNetV2 to its last layer, run anew in every epoch; global average pooling, dropout, a hidden layer of 100, a
softmax; RMSprop on the sparse categorical cross-entropy, batches of 32, 30 epochs. The last epoch is reported, where
the laboratory picked the best one on the very pictures that it reported on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.images import preprocess
from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import Source
from backend.models.calibration import Scores
from backend.models.head import Fitted, Head
from backend.models.litert import Graph, Network, network
from backend.models.mobilenet_v2 import Folded, Layers, forward, used_layers
from backend.models.recipe import Activations, FeatureRows, LabeledFeatures, Recipe
from backend.models.weights import Weights, load_keras_model
from backend.utils import progress
from backend.utils.errors import WeightsError
from backend.utils.tf_quiet import import_tensorflow

EPOCHS = 30
BATCH = 32
ROTATION = 1 / 8  # of a full turn, either way
ZOOM = (-0.2, 0.5)  # from 20 % in to 50 % out
DROPOUT = 0.3
HIDDEN = 100


class Lab(Recipe):
    """Frozen MobileNetV2, average pooling, dropout, 100 ReLU, softmax."""

    name = "lab"
    spec = InputSpec(224, 224, "pad")
    scale, offset = 1 / 255, 0.0  # [0, 1]
    taps: tuple[str, ...] = ("out_relu",)
    default_folds = 2
    knows_background = False
    uses_epochs = True
    views = (0,)  # each turned and zoomed anew in every epoch

    def __init__(self, weights: Weights | None = None, epochs: int = EPOCHS) -> None:
        self._weights = weights
        self.epochs = epochs

    def features(self, sources: Sequence[Source], weights: Weights, learn: bool = True) -> NDArray[np.uint8]:
        """Return the padded pictures (n, 224, 224, 3): every epoch turns and zooms them before it runs the backbone."""
        with ThreadPoolExecutor(2) as pool:
            read = pool.map(lambda source: preprocess(source.path, self.spec), sources)
            return np.stack(list(progress.track(read, "Pictures", "picture", len(sources))))

    def extractor(self, layers: Layers) -> Callable[[Pixels], Pixels]:
        """Return what leaves padded pictures as they are."""
        return lambda pixels: pixels

    def build(self, backbone: Any, classes: int) -> Any:
        """Build the Keras model: (B, 224, 224, 3) pixels 0..255 to (B, classes) probabilities."""
        import keras

        backbone.trainable = False
        inputs = keras.Input((224, 224, 3))
        x = keras.layers.Rescaling(self.scale)(inputs)
        x = keras.layers.RandomRotation(ROTATION, fill_mode="constant")(x)
        x = keras.layers.RandomZoom(ZOOM, fill_mode="constant")(x)
        x = backbone(x, training=False)  # (B, 7, 7, 1280)
        x = keras.layers.GlobalAveragePooling2D()(x)
        x = keras.layers.Dropout(DROPOUT)(x)
        x = keras.layers.Dense(HIDDEN, activation="relu", name="hidden")(x)
        outputs = keras.layers.Dense(classes, activation="softmax", name="softmax")(x)
        model = keras.Model(inputs, outputs)
        model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Train for all epochs, the backbone in every one of them."""
        import_tensorflow()
        import keras

        if self._weights is None or self._weights.source == "package":
            raise WeightsError("recipe 'lab' needs the whole network: give --weights PATH")
        keras.utils.set_random_seed(seed)
        model = self.build(load_keras_model(self._weights.location), channels)
        kept = None if validation is None else (validation.x, validation.y)
        with progress.bar(label, "epoch", self.epochs) as bar:
            shown = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: bar.update(1))
            history = model.fit(
                train.x, train.y, BATCH, self.epochs, verbose=0, validation_data=kept, callbacks=[shown]
            ).history
        rows = [
            {"epoch": epoch + 1.0, **{k: float(v[epoch]) for k, v in history.items()}} for epoch in range(self.epochs)
        ]
        return Fitted(_head(model), rows)

    def scorer(self, layers: Layers, head: Head) -> Callable[[FeatureRows], Scores]:
        """Return what turns padded pictures (n, 224, 224, 3) into logits (n, channels), in TensorFlow."""
        import_tensorflow()
        import tensorflow as tf

        run = tf.function(
            lambda pixels: self.logits(pixels, layers, head),
            input_signature=[tf.TensorSpec((None, 224, 224, 3), tf.uint8)],
        )

        def scores(x: FeatureRows) -> Scores:
            batches = [run(np.asarray(x[i : i + BATCH])).numpy() for i in range(0, len(x), BATCH)]
            logits: Scores = np.concatenate(batches).astype(np.float64)
            return logits

        return scores

    def network(self, layers: Layers) -> Network:
        """Return the compiled network: of a picture the means of the last layer, (1280,), then that layer."""

        def build(pixels: Any, layers: Layers) -> list[Any]:
            import tensorflow as tf

            last = forward(tf.cast(pixels, tf.float32), layers, self.taps)["out_relu"]
            return [tf.reduce_mean(last, [1, 2]), last]

        used = used_layers(layers, self.taps[-1])
        kernel, bias = used["Conv1"]
        # The scale goes into the first kernel, where LiteRT's converter would put it.
        used["Conv1"] = Folded(kernel * np.float32(self.scale), bias)
        return network(Graph(build, self.spec, "lab"), used)

    def head_scores(self, head: Head, seen: NDArray[np.float32]) -> Scores:
        """Return logits (n, channels) from the means of the last layer, (n, 1280)."""
        scores: Scores = _hidden(head, seen).clip(0) @ head["kernel"] + head["bias"]
        return scores

    def tap_gradients(
        self, head: Head, seen: NDArray[np.float32], activations: Sequence[NDArray[np.float32]], target: int
    ) -> list[NDArray[np.float32]]:
        """Return the gradient of a channel's logit by the last layer, (1, 1, 1280): at all its places the same."""
        (last,) = activations
        shown = np.where(_hidden(head, seen) > 0, head["kernel"][:, target], 0)
        gradient = head["hidden_kernel"] @ shown / (last.shape[0] * last.shape[1])
        return [gradient[None, None].astype(np.float32)]

    def head_logits(self, head: Head, activations: Activations, pixels: Any) -> Any:
        """Average the last layer over positions, and apply both layers of the head: logits (B, channels)."""
        import tensorflow as tf

        x = tf.reduce_mean(activations["out_relu"], [1, 2])  # (B, 1280)
        x = tf.nn.relu(tf.matmul(x, tf.constant(head["hidden_kernel"])) + tf.constant(head["hidden_bias"]))  # (B, 100)
        return tf.matmul(x, tf.constant(head["kernel"])) + tf.constant(head["bias"])


def _hidden(head: Head, seen: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the hidden layer before its ReLU: (n, 1280) to (n, 100)."""
    hidden: NDArray[np.float64] = seen.astype(np.float64) @ head["hidden_kernel"] + head["hidden_bias"]
    return hidden


def _head(model: Any) -> Head:
    hidden, softmax = (model.get_layer(name).get_weights() for name in ("hidden", "softmax"))
    return {"hidden_kernel": hidden[0], "hidden_bias": hidden[1], "kernel": softmax[0], "bias": softmax[1]}
