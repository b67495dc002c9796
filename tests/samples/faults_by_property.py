"""For each property a planted fault that makes it fail: no property is without effect."""

from __future__ import annotations

FAILED_BY = {
    "distribution.sizes.rows_of_a_load_of_any_size_are_placed_by_their_row_hash": "last-of64-amps",
    "fastload.sizes.a_load_of_any_size_from_several_files_and_gzip_members_is_whole": (
        "end-of-the-second-file"
    ),
    "fastload.sizes.a_load_of_any_size_into_a_table_without_index_keeps_what_the_edition_says": (
        "record4097"
    ),
    "fastload.sizes.a_load_of_any_size_into_a_unique_index_tells_of_every_second_key": (
        "records-after-the24th"
    ),
    "fastload.sizes.a_load_of_any_size_leaves_just_what_its_records_make": "record-over65536-bytes",
    "fastload.accounts.the_accounts_add_up": "errors-are-not-counted",
    "fastload.accounts.the_accounts_are_those_of_the_input_and_of_the_tables": "errors-are-not-counted",
    "fastload.accounts.the_end_summary_tells_the_accounts_in_the_layout_of_the_utility": (
        "summary-without-skipped-records"
    ),
    "fastload.conversion.a_date_is_read_in_the_format_that_insert_gives": "conversion-unasked",
    "fastload.conversion.a_null_or_a_value_that_is_not_allowed_has_its_code": "another-code-for-dates",
    "fastload.conversion.a_number_too_long_for_its_characters_has_its_code": "numbers-are-cut-to-fit",
    "fastload.conversion.a_single_bad_number_among_good_ones_has_its_code": "exponents-in-decimals",
    "fastload.conversion.a_text_of_a_value_becomes_that_value": "last-short-block-is-lost",
    "fastload.conversion.a_text_that_cannot_be_translated_has_its_code": "question-marks",
    "fastload.conversion.a_text_that_is_no_date_or_time_has_its_code": "another-code-for-dates",
    "fastload.conversion.a_text_that_is_no_number_or_too_large_has_its_code": "decimals-by-way-of-floats",
    "fastload.conversion.a_unique_index_violation_has_its_code": "another-code-for-second-keys",
    "fastload.conversion.an_explicit_conversion_comes_between_text_and_column": "conversion-unasked",
    "fastload.conversion.the_target_keeps_the_types_of_its_columns": "decimals-are-floats",
    "distribution.query.a_load_places_a_row_as_an_insert_does": "load-takes-sixteen-bits",
    "distribution.query.a_table_that_is_there_holds_its_rows_as_if_inserted_one_by_one": (
        "rows-there-are-on-one-amp"
    ),
    "distribution.query.the_distribution_counts_each_amps_rows_largest_first": (
        "distribution-in-order-of-amps"
    ),
    "distribution.query.the_figures_of_skew_are_over_all_amps": "skew-of-the-filled-amps",
    "fastload.duplicates.a_table_without_an_index_drops_equal_rows_too": "duplicates-kept-in-edition-seed",
    "fastload.duplicates.a_table_without_an_index_keeps_every_row": "duplicates-dropped-without-index",
    "fastload.duplicates.equal_rows_are_dropped_but_for_one_and_counted": "duplicates-are-not-counted",
    "fastload.duplicates.rows_that_only_hash_alike_or_share_a_key_all_stay": (
        "duplicates-by-their-first-column"
    ),
    "fastload.duplicates.trailing_blanks_and_letter_case_do_not_make_rows_different": (
        "duplicates-by-their-bytes"
    ),
    "fastload.error_table_1.a_data_parcel_is_the_whole_record_as_it_was_sent": "column-instead-of-field",
    "fastload.error_table_1.every_record_that_breaks_not_null_or_a_check_is_in_error_table_1_once": (
        "check-is-not-checked"
    ),
    "fastload.error_table_1.every_record_that_cannot_be_converted_is_in_error_table_1_once": (
        "column-instead-of-field"
    ),
    "fastload.error_table_1.the_other_records_are_loaded": "faulty-record-takes-another-along",
    "fastload.fields.a_column_that_insert_does_not_name_gets_its_default_or_null": "last-field-is-not-used",
    "fastload.fields.a_delimiter_may_have_several_characters": "empty-fields-are-empty-texts",
    "fastload.fields.a_field_equal_to_its_nullif_text_is_null": "fields-by-their-position",
    "fastload.fields.fields_reach_their_columns_by_name_in_whatever_order": "first-define-for-every-input",
    "fastload.fields.records_are_split_at_every_delimiter_and_empty_fields_are_null": (
        "empty-fields-are-empty-texts"
    ),
    "fastload.fields.with_nostop_bad_records_go_to_error_table_1_and_the_job_goes_on": (
        "empty-fields-are-empty-texts"
    ),
    "fastload.fields.without_nostop_the_first_bad_record_stops_the_job": "bad-records-vanish",
    "fastload.histories.every_history_of_jobs_leaves_what_the_rules_say": "full-disk-loses-error-rows",
    "distribution.hash_map.a_reconfiguration_moves_just_the_rows_whose_bucket_changed_owner": (
        "moved-rows-are-numbered-anew"
    ),
    "distribution.hash_map.a_reconfiguration_moves_the_fewest_buckets_to_an_even_map": (
        "reconfigure-deals-all-buckets-anew"
    ),
    "distribution.hash_map.buckets_are_dealt_out_evenly": "uneven-map",
    "distribution.hash_map.every_row_goes_by_the_one_hash_map": "rows-past-the-map",
    "distribution.hash_map.rows_without_an_index_stay_where_they_are_while_their_amp_exists": (
        "rows-without-index-are-dealt-anew"
    ),
    "distribution.hash_map.the_bucket_is_the_leading_bits_of_the_row_hash": "bucket-from-the-end",
    "distribution.hash_map.the_constants_follow_a_reconfiguration": "hashamp-of-the-old-system",
    "distribution.hash_map.the_constants_name_the_highest_bucket_and_amp": "hashbucket-counts-the-buckets",
    "distribution.hash_map.the_integers_1_to_6_are_in_their_published_buckets": "bucket-from-the-end",
    "distribution.hashing.a_number_and_its_digits_hash_differently": "numbers-hash-as-their-digits",
    "distribution.hashing.a_row_hash_is_an_answer_of_four_bytes": "row-hashes-of-eight-bytes",
    "distribution.hashing.a_row_hash_is_the_same_on_every_system": "hash-of-the-system",
    "distribution.hashing.a_row_is_stored_under_the_hash_of_its_index_columns": "first-index-column-only",
    "distribution.hashing.char_and_varchar_hash_alike_whatever_their_case_and_blanks_behind": (
        "letter-case-counts-in-keys"
    ),
    "distribution.hashing.equal_integers_of_any_type_hash_alike": "numbers-hash-as-their-digits",
    "distribution.hashing.every_value_hashes_by_the_formula": "dates-hash-as-day-numbers",
    "distribution.hashing.nothing_but_nulls_zeros_and_blanks_hashes_to_zero": "no-argument-hashes-to-zero",
    "distribution.hashing.published_keys_are_stored_under_their_published_row_hash": "halves-not-swapped",
    "distribution.hashing.several_columns_hash_to_the_fold_of_their_own_hashes": "column-order-matters",
    "distribution.hashing.the_integers_1_to_6_have_their_published_row_hash": "halves-not-swapped",
    "distribution.hashing.the_order_of_the_index_columns_does_not_change_the_hash": "column-order-matters",
    "distribution.hashing.the_string_3_has_its_published_row_hash": "digits-hash-as-numbers",
    "fastload.limits.a_load_at_its_error_limit_pauses_again_when_restarted": "restart-forgives-the-errors",
    "fastload.limits.a_load_has_one_session_an_amp_unless_it_asks_for_fewer": "one-session-by-default",
    "fastload.limits.a_load_pauses_at_its_error_limit_when_the_open_blocks_are_done": (
        "limit-for-each-session"
    ),
    "fastload.limits.a_load_that_cannot_go_on_is_paused_and_keeps_what_it_captured": "pause-is-a-failure",
    "fastload.limits.duplicates_and_second_keys_do_not_count_towards_the_error_limit": (
        "duplicates-count-as-errors"
    ),
    "fastload.limits.the_number_of_sessions_changes_no_result": "second-session-loses-a-row",
    "fastload.locks.a_completed_load_leaves_no_lock": "locks-are-not-released",
    "fastload.locks.a_load_without_end_loading_has_captured_every_faulty_record_once": (
        "captured-only-at-checkpoints"
    ),
    "fastload.locks.a_load_without_end_loading_stays_paused_and_locked": "only-the-target-is-locked",
    "fastload.locks.a_release_finds_no_job_where_none_is_paused": "release-of-nothing-succeeds",
    "fastload.locks.a_released_load_is_not_resumed_by_its_script": "released-job-is-resumed",
    "fastload.locks.an_error_tables_name_stays_taken_until_it_is_dropped": "error-tables-are-taken-over",
    "fastload.locks.another_job_between_stop_and_restart_gets_2652_and_harms_nothing": (
        "locks-are-for-their-owner-only"
    ),
    "fastload.locks.another_job_on_the_tables_of_a_paused_load_gets_2652": "locks-are-for-their-owner-only",
    "fastload.locks.begin_and_end_loading_alone_release_the_tables": "release-keeps-the-locks",
    "fastload.locks.the_log_has_one_row_whatever_paused_the_job": "no-log-of-a-job-that-errors-paused",
    "fastload.locks.the_log_has_one_row_while_a_job_is_paused": "no-log-of-a-paused-job",
    "fastload.locks.the_log_is_gone_when_the_job_has_succeeded": "log-row-is-left-behind",
    "fastload.lost_amps.a_block_for_a_lost_amp_goes_to_the_next_one_that_is_up": (
        "blocks-of-lost-amps-go-to-the-lowest"
    ),
    "fastload.lost_amps.a_lost_amp_is_still_lost_when_the_job_is_restarted": (
        "lost-amp-is-up-again-after-a-restart"
    ),
    "fastload.lost_amps.a_table_without_an_index_loses_rows_only_when_no_amp_is_left": (
        "load-without-amps-pauses"
    ),
    "fastload.lost_amps.rows_of_a_lost_amp_count_towards_the_error_limit": "lost-rows-are-no-errors",
    "fastload.lost_amps.rows_of_an_amp_that_is_lost_are_in_error_table_1": "only-one-amp-is-lost",
    "distribution.no_primary_index.a_load_gives_nopi_rows_a_bucket_of_their_amp_and_numbers_as_they_arrive": (
        "loaded-rows-in-a-foreign-bucket"
    ),
    "distribution.no_primary_index.a_nopi_row_id_is_a_bucket_of_its_amp_and_a_number": "bits-below-the-bucket",
    "distribution.no_primary_index.a_request_goes_to_the_amp_of_its_query_id": "always-amp-zero",
    "distribution.no_primary_index.blocks_of_a_load_go_round_the_amps": "blocks-go-downwards",
    "distribution.no_primary_index.selected_rows_stay_on_the_amp_where_they_were_read": (
        "selected-rows-are-appended-backwards"
    ),
    "fastload.phases.empty_error_tables_are_dropped_and_the_others_stay": "empty-error-table-is-kept",
    "fastload.phases.every_record_travels_in_one_block_of_phase_1": "blocks-are-counted-by-records",
    "fastload.phases.rows_stand_in_the_order_of_their_row_ids": "later-rows-are-numbered-first",
    "fastload.phases.the_cut_into_blocks_does_not_change_the_outcome": "last-short-block-is-lost",
    "fastload.phases.the_locks_are_released_and_the_target_can_be_read": "locks-are-not-released",
    "fastload.phases.the_number_of_amps_does_not_change_the_content": "last-part-is-not-written",
    "fastload.phases.the_target_cannot_be_read_before_phase_2_has_ended": "target-readable-in-phase-one",
    "fastload.phases.with_one_session_rows_of_a_row_hash_are_numbered_in_input_order": (
        "later-rows-are-numbered-first"
    ),
    "fastload.record_ranges.record_n_leaves_out_n_records": "edition-seed-is-forgotten",
    "fastload.record_ranges.record_n_starts_with_record_n": "record-off-by-one",
    "fastload.record_ranges.records_outside_the_range_are_never_looked_at": "thru-alone-is-ignored",
    "fastload.refusals.a_filled_table_without_an_index_is_refused_too": (
        "filled-table-without-index-is-loaded"
    ),
    "fastload.refusals.a_load_does_not_begin_while_an_amp_is_down": "down-amp-is-overlooked",
    "fastload.refusals.a_partitioned_table_without_an_index_is_refused": "partitioned-table-is-loaded",
    "fastload.refusals.a_primary_index_is_no_obstacle": "primary-index-is-refused",
    "fastload.refusals.a_table_that_was_emptied_is_loaded": "deleted-rows-still-count",
    "fastload.refusals.a_table_with_rows_is_refused_and_keeps_them": "input-is-read-before-the-target",
    "fastload.refusals.a_target_that_is_not_there_is_refused": "missing-target-is-passed-over",
    "fastload.refusals.a_view_is_refused": "view-is-loaded",
    "fastload.refusals.an_ordinary_table_under_an_error_tables_name_is_in_the_way": (
        "ordinary-tables-are-taken-over"
    ),
    "fastload.refusals.indexes_foreign_keys_and_triggers_on_the_target_are_refused": (
        "triggers-are-overlooked"
    ),
    "fastload.refusals.of_several_reasons_the_first_in_the_order_of_the_checks_is_told": (
        "files-are-looked-for-first"
    ),
    "fastload.restarts.a_checkpoint_is_taken_after_every_n_records": "checkpoint-counts-sent-records-only",
    "fastload.restarts.a_completed_job_run_again_answers_the_same": "completed-job-reports-twice",
    "fastload.restarts.a_load_paused_at_a_bad_record_goes_on_with_the_mended_input": (
        "changed-input-is-not-noticed"
    ),
    "fastload.restarts.a_restart_goes_on_right_after_the_last_checkpoint": (
        "restart-goes-back-one-checkpoint"
    ),
    "fastload.restarts.a_restart_goes_on_with_its_own_error_tables": "own-error-tables-are-refused",
    "fastload.restarts.a_restart_keeps_what_earlier_steps_and_loads_did": "restart-forgets-earlier-loads",
    "fastload.restarts.a_restart_on_a_changed_input_is_paused": "changed-input-is-not-noticed",
    "fastload.restarts.a_restart_without_checkpoints_starts_over": "checkpoints-unasked",
    "fastload.restarts.a_restarted_load_keeps_to_its_range_and_counts_what_it_skipped": (
        "restart-forgets-the-skipped"
    ),
    "fastload.restarts.a_restarted_load_leaves_lawful_row_ids": "restarted-rows-all-on-amp-zero",
    "fastload.restarts.a_stop_at_any_event_and_a_restart_end_like_no_stop": (
        "restart-forgets-earlier-checkpoints"
    ),
    "fastload.restarts.a_stopped_and_restarted_load_without_index_ends_like_no_stop": (
        "restart-forgets-earlier-checkpoints"
    ),
    "fastload.restarts.blocks_of_a_restarted_load_go_round_the_amps": "restarted-blocks-on-amp-zero",
    "fastload.restarts.the_log_is_gone_after_a_restart_that_succeeded": "log-row-is-left-behind",
    "fastload.restarts.two_stops_and_two_restarts_end_like_no_stop": "restart-forgets-earlier-checkpoints",
    "fastload.restarts.with_one_session_a_restarted_load_numbers_rows_in_input_order": (
        "restart-numbers-backwards"
    ),
    "fastload.return_codes.a_bad_record_without_nostop_is_fatal": "error-rows-are-a-warning",
    "fastload.return_codes.a_compressed_file_that_is_cut_short_or_corrupt_pauses_the_job": (
        "unreadable-input-is-not-fatal"
    ),
    "fastload.return_codes.a_missing_file_is_fatal_before_anything_is_loaded": (
        "unreadable-input-is-not-fatal"
    ),
    "fastload.return_codes.a_request_of_a_table_that_is_not_there_is_an_error_of_the_user": (
        "missing-table-is-fatal"
    ),
    "fastload.return_codes.a_warning_before_a_pause_is_still_told": "warning-is-forgotten-at-a-pause",
    "fastload.return_codes.creating_a_table_that_is_there_is_an_error_of_the_user": (
        "existing-table-is-fatal"
    ),
    "fastload.return_codes.dropping_or_emptying_a_missing_table_is_a_warning": "warnings-are-forgotten",
    "fastload.return_codes.error_rows_and_duplicates_leave_the_return_code_at_0": "error-rows-are-a-warning",
    "fastload.return_codes.whoever_touches_a_table_under_load_gets_2652": "another-code-for-locked-tables",
    "distribution.row_ids.a_uniqueness_number_comes_again_only_at_the_top": "freed-numbers-are-closed-up",
    "distribution.row_ids.every_row_is_on_the_amp_that_owns_its_bucket": "last-row-on-the-next-amp",
    "distribution.row_ids.loaded_rows_stand_in_ascending_row_id_order": "descending-order",
    "distribution.row_ids.rows_of_a_later_insert_stand_among_the_others": "later-rows-stand-behind",
    "distribution.row_ids.rows_stand_in_ascending_row_id_order": "descending-order",
    "distribution.row_ids.rows_with_equal_keys_share_their_amp_and_row_hash": "equal-keys-apart",
    "distribution.row_ids.selected_rows_are_numbered_as_they_were_read": "selected-rows-are-read-backwards",
    "distribution.row_ids.uniqueness_counts_the_rows_of_a_row_hash_as_they_arrive": "uniqueness-from-zero",
    "distribution.row_ids.with_one_session_uniqueness_follows_the_input": "backwards-on-one-amp",
    "distribution.row_ids.with_several_sessions_uniqueness_has_no_gaps": "uniqueness-restarts-per-block",
    "fastload.scripts.a_job_ends_the_same_in_every_accepted_spelling": "commands-in-capitals-only",
    "fastload.scripts.a_script_with_a_fault_of_the_sample_is_no_job_and_the_mended_script_loads": (
        "rows-of-another-table"
    ),
    "fastload.scripts.fields_that_are_not_defined_or_no_varchar_are_refused": "last-field-is-not-used",
    "fastload.scripts.nested_conversions_and_arithmetic_are_refused": "conversion-unasked",
    "fastload.scripts.statements_other_than_insert_are_refused_within_a_load": (
        "statements-outside-are-refused"
    ),
    "fastload.sources.a_named_pipe_is_read_like_a_file": "source-is-read-twice",
    "fastload.sources.a_record_over_64_000_bytes_is_an_error_record_and_no_other_is": "long-records-are-cut",
    "fastload.sources.files_are_read_whole_whatever_their_line_ends_and_compression": "gzip-read-as-text",
    "fastload.sources.the_same_records_load_the_same_from_every_kind_of_file": "gzip-read-as-text",
    "fastload.unique_index.equals_of_the_row_that_stays_are_duplicates_and_no_violations": (
        "duplicates-are-violations"
    ),
    "fastload.unique_index.one_row_of_each_key_stays": "null-keys-are-all-different",
    "fastload.unique_index.unique_index_violations_are_in_error_table_2_as_they_were_sent": "field-of-the-first-define",
    "fastload.unique_index.unique_index_violations_are_in_error_table_2_in_the_columns_of_the_target": (
        "duplicates-are-violations"
    ),
    "distribution.uniqueness.just_the_equal_rows_and_second_keys_are_refused": "multiset-refuses-duplicates",
    "distribution.uniqueness.minus_zero_is_equal_to_zero_and_stored_as_zero": "zero-is-stored-as-minus-zero",
    "distribution.uniqueness.selected_rows_are_refused_as_inserted_ones_are": "null-is-unlike-null",
    "fastload.names.no_second_table_is_made_by_another_letter_case": "table-is-made-twice",
    "fastload.names.tables_columns_and_fields_are_found_in_every_letter_case": (
        "target-is-of-one-letter-case"
    ),
    "fastload.misfits.a_date_that_is_read_without_a_day_is_refused_before_anything_is_locked": (
        "dates-without-a-day-stop-the-load"
    ),
    "fastload.misfits.a_step_that_goes_on_when_its_table_has_other_columns_is_refused": (
        "other-columns-pause-the-job"
    ),
    "fastload.misfits.rows_of_other_columns_are_an_error_of_the_user": (
        "other-columns-are-passed-over"
    ),
    "distribution.no_primary_index.rows_are_in_a_bucket_of_their_amp_after_fewer_and_more_amps": (
        "reconfigure-leaves-lost-buckets"
    ),
}
