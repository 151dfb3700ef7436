"""The torch side of the models: one `nn.Module` per file, imported only when a model is built."""
