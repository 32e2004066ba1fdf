/* SPDX-License-Identifier: MIT */
#include "init/policy.c"
#include "init/rules.c"

#include "tap.h"

int main(void)
{
	ok(is_rule("appraise func=BPRM_CHECK") && is_rule("  measure") && !is_rule("  # x") &&
	   !is_rule("#") && !is_rule("") && !is_rule(" \t"), "which lines are rules");

	struct policy_form form = { .line = 0 };

	ok(!policy_line(&form, "# x", 3, true) && !policy_line(&form, "measure", 7, true) && form.line == 2 && form.rules == 1 &&
	   !policy_end(&form) && form.line == 0, "a policy");
	ok(strstr(policy_line(&form, "measure\r", 8, true), "CR LF") && strstr(policy_line(&form, "measure", 7, false), "newline") &&
	   strstr(policy_line(&form, "me\0sure", 7, true), "NUL"), "  a line that is wrong");
	form = (struct policy_form){ .line = 0 };
	ok(!policy_line(&form, "# x", 3, true) && strstr(policy_end(&form), "no rule"), "  and no rule");

	ok(demands_signatures("appraise fowner=0 appraise_type=imasig "), "the rule of SIGNED_INIT");
	ok(!demands_signatures("appraise fowner=0 "), "  without the signature");
	ok(!demands_signatures("dont_appraise fowner=0 appraise_type=imasig"), "  its contrary");
	ok(!demands_signatures("appraise fowner=00 appraise_type=imasig") &&
	   !demands_signatures("appraise fowner=1000 appraise_type=imasig"), "  of another owner");
	ok(!demands_signatures("appraise func=MODULE_CHECK fowner=0 appraise_type=imasig"), "  for one hook only");
	ok(!demands_signatures("measure appraise fowner=0 appraise_type=imasig"), "  of another action");
	ok(!demands_signatures("appraise fowner=0 appraise_type=imasig mask=MAY_EXEC") &&
	   !demands_signatures("appraise fowner=0 appraise_type=imasig fsuuid=1-2") &&
	   !demands_signatures("appraise fowner=0 appraise_type=imasig fsmagic=0x9fa0") &&
	   !demands_signatures("appraise fowner=0 appraise_type=imasig uid=0"), "  with a condition");
	ok(!demands_signatures("appraise fowner=0 appraise_type=meta_immutable") &&
	   !demands_signatures("appraise fowner=0 appraise_type=imasig|modsig"), "  of another kind");
	ok(!demands_signatures(""), "  nothing");

	ok(same_rule("appraise func=FILE_MMAP mask=MAY_EXEC", "appraise func=MMAP_CHECK mask=MAY_EXEC "),
	   "the kernel's name for a hook");
	ok(same_rule("  dont_appraise fsmagic=0x9fa0", "dont_appraise fsmagic=0x9fa0 "), "no hook in either");
	ok(!same_rule("appraise func=BPRM_CHECK", "appraise func=MMAP_CHECK "), "another hook");
	ok(!same_rule("appraise func=BPRM_CHECK", "measure func=BPRM_CHECK "), "another action");
	ok(!same_rule("appraise", "appraise func=BPRM_CHECK"), "a hook in one only");
	ok(!same_rule("appraise", ""), "nothing");

	static const char record[] = "audit: type=1807 audit(1795487745.624:5): action=appraise func=NOSUCH res=0";
	unsigned serial;
	const char *words;
	size_t length;

	ok(parse_rule_record(record, strlen(record), &serial, &words, &length) && serial == 5 &&
	   text_is_word(words, length, "action=appraise func=NOSUCH res=0"), "a record of the audit subsystem");
	ok(!parse_rule_record(record + 1, strlen(record) - 1, &serial, &words, &length), "  and another line");

	for (int i = 0; i < 200000; i++) {
		char *text = tap_mutate(record, strlen(record), &length);
		size_t words_length;

		if (parse_rule_record(text, length, &serial, &words, &words_length) &&
		    (words < text || words + words_length != text + length))
			abort();
		free(text);
	}
	ok(true, "200,000 damaged records are survived");
	return tap_done();
}
