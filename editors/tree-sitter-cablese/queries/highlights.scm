; made by `python -m cablese.dsl.emit.tree_sitter`

(comment) @comment
(string) @string
(number) @number
(boolean) @boolean
["algorithm" "compressor" "equals" "guarantee" "invariant" "output" "param" "problem" "require"] @keyword.directive
["and" "as" "at" "drawing" "else" "event" "for" "graph" "if" "in" "init" "not" "of" "on" "or" "over" "repeat" "round" "rounds" "when" "where"] @keyword
["!=" "%" "*" "+" "-" "->" "/" "<" "<=" "=" "==" ">" ">=" "^" "~"] @operator
["(" ")" "," ":" ";" "[" "]"] @punctuation.delimiter
(problem (name) @keyword (#any-of? @keyword "any" "collective" "contractive" "minimize" "saddle" "unbiased" "variational_inequality" "vi"))
(compressor (name) @keyword (#any-of? @keyword "any" "collective" "contractive" "minimize" "saddle" "unbiased" "variational_inequality" "vi"))
(role . (name) @type.builtin (#any-of? @type.builtin "all" "group" "link" "neighbors" "node" "server"))
(call . (name) @function.builtin (#any-of? @function.builtin "F" "ab_A" "ab_B" "abs" "average" "bernoulli" "bits" "block" "block_norm" "block_norm1" "block_norm2" "block_norm_inf" "buckets" "ceil" "choice" "clip" "cos" "delta" "density" "dot" "each" "epoch" "exp" "floor" "geometric_median" "grad" "history" "krum" "last" "log" "loss" "max" "max" "mean" "median" "min" "min" "minibatch" "mix" "norm" "norm1" "norm2" "norm_inf" "normal" "omega" "prev" "prox" "push" "sample" "share" "sign" "sin" "sqrt" "subset" "sum" "support" "trimmed_mean" "uniform" "uniform" "where" "who"))
((name) @constant.builtin (#any-of? @constant.builtin "L" "L_i" "L_max" "L_mean2" "L_pm" "L_sample" "calL" "d" "everyone" "mu" "n" "node_index" "norm_I_minus_W" "ones" "rho" "rounds" "samples" "samples_i" "x0" "zeros"))
