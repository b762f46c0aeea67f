"""A marimo app: methods beside each other while sliders move. `marimo run sliders.py` opens it in a browser."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import cablese
    import marimo as mo

    return cablese, mo


@app.cell
def _(mo):
    methods = mo.ui.multiselect(
        ["marina", "diana", "dcgd", "ef21", "ef_sgd", "gd"],
        value=["marina", "diana", "ef21"],
        label="methods",
    )
    entries = mo.ui.slider(1, 30, value=3, show_value=True, label="entries that a message keeps")
    nodes = mo.ui.slider(1, 20, value=5, show_value=True, label="nodes")
    rounds = mo.ui.slider(100, 3000, step=100, value=500, show_value=True, label="rounds")
    factor = mo.ui.slider(-2, 5, value=0, show_value=True, label="step, as a power of 2 times that of theory")
    axis = mo.ui.dropdown(["rounds", "bits_up", "bits", "epochs"], value="bits_up", label="against")
    mo.vstack([methods, entries, nodes, rounds, factor, axis])
    return axis, entries, factor, methods, nodes, rounds


@app.cell
def _(cablese, entries, factor, methods, mo, nodes, rounds):
    mo.stop(not methods.value, "Choose a method.")
    unbiased, contractive = ("marina", "diana", "dcgd"), ("ef21", "ef_sgd")
    compressor = dict.fromkeys(unbiased, "Q = rand_k") | dict.fromkeys(contractive, "C = top_k")

    def with_settings(name):
        settings = [f"gamma = {2.0**factor.value} * gamma"]
        if name in compressor:
            settings.append(f"{compressor[name]}(k = {entries.value})")
        return f"{name}({', '.join(settings)})"

    compared = cablese.compare(
        [with_settings(name) for name in methods.value],
        problem='logreg(data = "breast_cancer", scale = "rows", l2 = 0.01)',
        nodes=nodes.value,
        rounds=rounds.value,
    )
    return (compared,)


@app.cell
def _(axis, compared, mo):
    mo.vstack([compared.plot(x=axis.value), compared])
    return


@app.cell
def _(cablese, methods):
    cablese.diff(*methods.value[:2], quick=True) if len(
        methods.value
    ) > 1 else "Choose two methods to see how they differ."
    return


if __name__ == "__main__":
    app.run()
