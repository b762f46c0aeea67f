"""The relatives that an expert would name first of each method of the library, which `cablese like` is tried against."""

from __future__ import annotations

RELATIVES = {
    name.strip(): frozenset(others.split())
    for name, others in (
        line.split(":")
        for line in """
adapt_then_combine: choco_sgd dadam dpsgd
adiana: canita diana nesterov vr_diana
ams_grad: comp_ams dadam fed_adam lamb one_bit_adam q_adam
artemis: artemis_pp1 artemis_pp2 bi_qsgd diana diana_sr_dq dore dore_repo
artemis_pp1: artemis artemis_pp2
artemis_pp2: artemis artemis_pp1 diana diana_sr_dq
beer: choco_sgd choco_sgd_dl diging lead motef
bi_qsgd: artemis dcgd diana_sr_dq mvss_sgd update_compression
byz_vr_marina: marina marina_perm_k page vr_marina
canita: adiana diana ef_bv nesterov vr_diana
choco_sgd: adapt_then_combine beer choco_sgd_dl dpsgd
choco_sgd_dl: adapt_then_combine beer choco_sgd dpsgd
clag: ef21 ef21_plus lag lag_wk three_pc_v2
cocktail_sgd: dgc double_squeeze ecq_sgd ef_sgd micro_adam one_bit_sgd
comp_ams: ams_grad ef_sgd one_bit_adam q_adam
compressed_scaffnew: locodl scaffnew tamuna
dadam: adapt_then_combine ams_grad dpsgd
dasha: dasha_mvr dasha_pp diana ef21
dasha_mvr: dasha dasha_pp ef21_sgdm
dasha_pp: dasha dasha_mvr ef21_pp
dcgd: bi_qsgd diana gd mvss_sgd sgd terngrad
dgc: dist_ef_block_sgd ecq_sgd ef_sgd sgd_m
diana: artemis dcgd diana_sr_dq ef_bv vr_diana
diana_sgda: gda qgda vr_diana_sgda
diana_sr_dq: artemis bi_qsgd diana
diging: adapt_then_combine beer dpsgd push_diging
diloco: fed_adam fed_avg fed_com local_sgd
dist_ef_block_sgd: dist_ef_sgd double_squeeze
dist_ef_sgd: dist_ef_block_sgd double_squeeze one_bit_sgd
dore: artemis diana dore_repo double_squeeze
dore_repo: artemis diana dore double_squeeze
double_squeeze: dist_ef_sgd ef_sgd one_bit_sgd
dpsgd: adapt_then_combine choco_sgd choco_sgd_dl
dual_averaging: adapt_then_combine dpsgd
e_control: ec_sgd_diana ef21 ef21_c ef21_sgdm ef_sgd
ec_lsvrg_diana: ec_sgd_diana l_svrg vr_diana
ec_sgd_diana: diana dore_repo ec_lsvrg_diana ef_sgd
ecq_sgd: dcgd dgc ef_sgd
ef21: clag dasha ef21_c ef21_plus ef21_pp ef21_sgdm three_pc_v2
ef21_c: e_control ef21 ef_bv
ef21_p_diana: diana marina_p mcm model_difference_compression
ef21_plus: clag ef21 three_pc_v2
ef21_pp: dasha_pp ef21
ef21_sgdm: dasha_mvr e_control ef21 sgd_m
ef_bv: diana ef21 ef21_c
ef_gda: ef_sgd gda qgda
ef_sgd: cocktail_sgd double_squeeze ec_sgd_diana ecq_sgd one_bit_sgd qsparse_local_sgd
eg_vr: extragradient masha1 masha1_stochastic
extra_step_local_sgd: extragradient local_sgda
extragradient: mirror_prox quantised_eg
fed_adam: ams_grad fed_avg fed_prox
fed_avg: fed_adam fed_nova fed_prox local_sgd
fed_com: fed_avg fed_comgate local_sgd qsparse_local_sgd
fed_comgate: fed_com fed_gate scaffold_2
fed_gate: fed_com fed_comgate scaffold_2
fed_glomo: fed_avg fed_com fed_prox
fed_nova: fed_avg fed_com fed_prox local_sgd
fed_prox: fed_adam fed_avg
gd: dcgd nesterov sgd sgd_m
gda: ef_gda local_sgda qgda
ghost: model_compression model_difference_compression update_compression
l_svrg: ec_lsvrg_diana eg_vr page vr_diana
lag: clag ef21_plus lag_wk
lag_wk: clag lag
lamb: ams_grad comp_ams fed_adam q_adam
lead: beer choco_sgd diging motef
local_sgd: fed_avg fed_com fed_nova qsparse_local_sgd sgd
local_sgda: extra_step_local_sgd gda
locodl: compressed_scaffnew scaffnew tamuna
marina: marina_perm_k page pp_marina vr_marina
marina_p: ef21_p_diana marina marina_perm_k mcm
marina_perm_k: marina pp_marina vr_marina
masha1: eg_vr masha1_monotone masha1_stochastic masha2
masha1_monotone: masha1 masha1_stochastic_monotone
masha1_stochastic: eg_vr masha1 masha1_stochastic_monotone masha2_stochastic
masha1_stochastic_monotone: masha1_monotone masha1_stochastic
masha2: masha1 masha2_stochastic
masha2_stochastic: masha1_stochastic masha2
mcm: ef21_p_diana model_difference_compression rand_mcm rand_mcm_1mem rand_mcm_g
micro_adam: ams_grad cocktail_sgd comp_ams ef_sgd lamb q_adam
mifa: fed_avg fed_com local_sgd scaffold_2
mirror_prox: extragradient quantised_eg
model_compression: ghost model_difference_compression update_compression
model_difference_compression: ef21_p_diana ghost mcm model_compression update_compression
motef: beer choco_sgd choco_sgd_dl
mvss_sgd: bi_qsgd dcgd terngrad
nesterov: adiana canita gd sgd_m
one_bit_adam: ams_grad comp_ams dist_ef_block_sgd double_squeeze one_bit_sgd q_adam
one_bit_sgd: dist_ef_sgd double_squeeze
page: l_svrg marina vr_marina
power_sgd: double_squeeze ef_sgd sgd_m
pp_marina: marina vr_pp_marina
push_diging: diging sgp
q_adam: ams_grad comp_ams
q_genx: extragradient mirror_prox quantised_eg
qgda: diana_sgda ef_gda gda
qsparse_async: ef_sgd local_sgd qsparse_local_sgd
qsparse_local_sgd: ef_sgd fed_com local_sgd qsparse_async
quantised_eg: extragradient mirror_prox
rand_mcm: mcm rand_mcm_1mem rand_mcm_g
rand_mcm_1mem: mcm rand_mcm rand_mcm_g
rand_mcm_g: mcm rand_mcm
scaffnew: compressed_scaffnew locodl tamuna
scaffold_1: fed_avg scaffold_2
scaffold_2: fed_avg scaffold_1
sgd: dcgd gd local_sgd sgd_m
sgd_m: power_sgd sgd signum
sgp: adapt_then_combine dpsgd push_diging
sign_sgd: bi_qsgd sgd sign_sgd_mv signum
sign_sgd_mv: sign_sgd signum
signum: sgd_m sign_sgd sign_sgd_mv
soteria_fl: artemis diana diana_sr_dq vr_diana
tamuna: compressed_scaffnew fed_avg locodl scaffnew
terngrad: bi_qsgd dcgd mvss_sgd
three_pc_v2: clag ef21 ef21_plus
update_compression: bi_qsgd ghost model_compression model_difference_compression
vr_diana: diana ec_lsvrg_diana l_svrg
vr_diana_sgda: diana_sgda eg_vr
vr_marina: marina marina_perm_k page vr_marina_online vr_pp_marina
vr_marina_online: marina page vr_marina
vr_pp_marina: marina page pp_marina vr_marina
""".strip().splitlines()
    )
}
"""Names of the methods of the library -> names of their nearest relatives, in no order."""
