/**
 * A form of the portal, one question a page: where one is, what is wrong, the draft in the browser, and sending it in the
 * end: files first, then the record, then the owner's step that hands it in. Everything stays here until then; signing in
 * comes last.
 */
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import { api, entity_path, new_key, Problem } from '../../shared/api'
import { drop_draft, keep_draft, read_draft } from '../../shared/draft'
import { check_all, is_editable, is_empty, is_visible, written_values } from '../../shared/fields'
import { t } from '../../shared/i18n'
import { sentence } from '../../shared/problems'
import { user } from '../../shared/session'
import type { Entry, Field, FileRef, Values } from '../../shared/types'
import type { ServiceForm, Step } from '../portal'
import { drop_file, is_kept, sent_files } from '../ui/kept'
import { begin_puzzle, with_puzzle } from './puzzle'

interface Draft { values: Values; at: number; key: string; sent: string | null }
export interface FormOptions {
  /** What is known before the first question, such as the record that a report is about. */
  given?: Values
  /** Questions that are not asked of these values. */
  skip?: (step: Step, values: Values) => boolean
  /** Looks at a page before one goes on: fields that are wrong, or null. */
  leave?: (step: Step, values: Values) => Promise<Record<string, string> | null>
}

const starting = (form: ServiceForm): Values => Object.fromEntries(form.steps.flatMap((step) => step.fields).filter((field) => field.default != null && typeof field.default !== 'object').map((field) => [field.name, field.default]))

export function use_service_form(system: string, entity: string, form: Ref<ServiceForm | undefined>, options: FormOptions = {}) {
  const router = useRouter()
  const draft_key = `portal.${system}.${entity}`
  const kept = read_draft<Draft>(draft_key)
  const fresh = (): Draft => ({ values: { ...(form.value ? starting(form.value) : {}), ...options.given }, at: 0, key: new_key(), sent: null })
  const draft = ref<Draft>(kept?.values?.values ? { ...kept.values, values: { ...kept.values.values, ...options.given } } : fresh())
  const resumed = ref(Boolean(kept?.values?.values))
  watch(form, (now) => {
    if (now && !resumed.value) draft.value.values = { ...starting(now), ...draft.value.values }
    if (now?.puzzle && !user.value) begin_puzzle().catch(() => undefined)
  }, { immediate: true })
  const values = computed(() => draft.value.values)
  const context = computed(() => ({ values: values.value, me: user.value?.id }))
  const touched = () => form.value?.steps.some((step) => step.fields.some((field) => !is_empty(values.value[field.name]) && values.value[field.name] !== field.default)) ?? false

  const fields_of = (at: number): Field[] => (form.value?.steps[at]?.fields ?? []).filter((field) => is_editable(field) && is_visible(field, context.value))
  /** The questions that are asked now; after the last comes the review, unless there is but one page. */
  const order = computed(() => (form.value?.steps ?? []).map((_, at) => at).filter((at) => fields_of(at).length > 0 && !options.skip?.(form.value!.steps[at], values.value)))
  const review_at = computed(() => form.value?.steps.length ?? 0)
  const has_review = computed(() => order.value.length > 1)
  const at = computed(() => (order.value.includes(draft.value.at) || (draft.value.at === review_at.value && has_review.value) ? draft.value.at : (order.value[0] ?? 0)))
  const reviewing = computed(() => has_review.value && at.value === review_at.value)
  const step = computed<Step | undefined>(() => form.value?.steps[at.value])
  const fields = computed(() => (reviewing.value ? [] : fields_of(at.value)))
  const position = computed(() => (reviewing.value ? order.value.length : order.value.indexOf(at.value)) + 1)
  const count = computed(() => order.value.length + (has_review.value ? 1 : 0))

  const wrong = ref<Record<string, string>>({})
  const failed = ref('')
  const sending = ref('')
  const asks = ref(false)
  const finished = ref<Entry | null>(null)
  const returning = ref(false)
  const checking = ref(false)
  keep_draft(() => (finished.value ? null : draft_key), draft, touched)

  function set(name: string, value: unknown): void {
    draft.value.values = { ...values.value, [name]: value }
    delete wrong.value[name]
  }
  async function show(next: number): Promise<void> {
    draft.value.at = next
    resumed.value = false
    asks.value = false
    if (next === review_at.value) returning.value = false
    wrong.value = {}
    failed.value = ''
    await nextTick()
    document.querySelector<HTMLElement>('#question')?.focus()
    window.scrollTo({ top: 0 })
  }
  async function focus_wrong(): Promise<void> {
    await nextTick()
    const first = document.querySelector<HTMLElement>('[aria-invalid="true"]')
    ;(first ?? document.querySelector<HTMLElement>('.field .error'))?.scrollIntoView({ block: 'center' })
    ;(first?.matches('[role="radiogroup"]') ? first.querySelector('input') : first)?.focus({ preventScroll: true })
  }
  /** From the review a change leads back to it, by way of what the change has left open. */
  const onward = (): number => {
    if (returning.value) return order.value.find((one) => Object.keys(check_all(fields_of(one), context.value)).length) ?? review_at.value
    return order.value[order.value.indexOf(at.value) + 1] ?? review_at.value
  }
  function revise(one: number): void {
    returning.value = true
    void show(one)
  }
  async function forward(): Promise<void> {
    wrong.value = check_all(fields.value, context.value)
    if (Object.keys(wrong.value).length) return focus_wrong()
    if (options.leave && step.value) {
      checking.value = true
      try {
        const found = await options.leave(step.value, values.value)
        if (found) {
          wrong.value = found
          return await focus_wrong()
        }
      } finally {
        checking.value = false
      }
    }
    if (has_review.value) await show(onward())
    else await submit()
  }
  const back = () => {
    const before = order.value[(reviewing.value ? order.value.length : order.value.indexOf(at.value)) - 1]
    if (returning.value) void show(review_at.value)
    else if (before !== undefined) void show(before)
    else void router.push('/')
  }
  function start_over(): void {
    for (const value of Object.values(values.value)) if (Array.isArray(value)) for (const file of value as FileRef[]) if (typeof file?.id === 'string' && is_kept(file.id)) void drop_file(file.id)
    drop_draft(draft_key)
    draft.value = fresh()
    resumed.value = false
  }

  /** Sends what waits in the browser; what was sent is kept no longer, also when a later one fails. */
  async function send_files(): Promise<void> {
    for (const field of order.value.flatMap(fields_of)) {
      if (field.type !== 'files') continue
      const files = (values.value[field.name] as FileRef[] | undefined) ?? []
      if (files.length) await sent_files(files, (done, now) => {
        if (done < files.length) sending.value = t('form.sending_file', { at: done + 1, of: files.length })
        set(field.name, now)
      })
    }
  }
  async function submit(): Promise<void> {
    failed.value = ''
    for (const one of order.value) {
      const found = check_all(fields_of(one), context.value)
      if (!Object.keys(found).length) continue
      await show(one)
      wrong.value = found
      return focus_wrong()
    }
    if (form.value?.sign_in !== 'none' && !user.value) {
      asks.value = true
      await nextTick()
      document.querySelector<HTMLElement>('#who')?.scrollIntoView()
      document.querySelector<HTMLElement>('#who')?.focus({ preventScroll: true })
      return
    }
    asks.value = false
    const path = entity_path(system, entity)
    try {
      sending.value = t('form.sending')
      await send_files()
      sending.value = t('form.sending')
      const body = Object.fromEntries(Object.entries(written_values([...order.value.flatMap(fields_of), ...(form.value?.about ? [form.value.about] : [])], values.value)).filter(([, value]) => value !== null))
      const create = (headers?: Record<string, string>) => api.post<Entry>(path, body, { idempotency_key: draft.value.key, headers })
      let made: Entry
      if (draft.value.sent) made = await api.patch<Entry>(entity_path(system, entity, draft.value.sent), body)
      else made = !user.value && form.value?.puzzle ? await with_puzzle(create) : await create()
      if (user.value) draft.value.sent = made.id
      const submit_by = form.value?.submit
      if (submit_by && user.value && (!made.state || made.state === form.value?.initial)) made = await api.post<Entry>(entity_path(system, entity, made.id, 'transitions', submit_by), {}, { idempotency_key: `${draft.value.key}-submit` })
      finished.value = made
      drop_draft(draft_key)
      await nextTick()
      document.querySelector<HTMLElement>('#question')?.focus()
      window.scrollTo({ top: 0 })
    } catch (problem) {
      if (problem instanceof Problem) {
        draft.value.key = new_key()
        const by_field = problem.by_field()
        const page = order.value.find((one) => fields_of(one).some((field) => by_field[field.name]))
        if (page !== undefined) {
          await show(page)
          wrong.value = by_field
          returning.value = has_review.value
          // What stands beside its field is not said twice.
          return await focus_wrong()
        }
      }
      failed.value = sentence(problem)
    } finally {
      sending.value = ''
    }
  }
  // Signing in takes the form for it away, so the person is watched and not the form.
  watch(user, (now) => {
    if (now && asks.value) void submit()
  })

  return { system, entity, form, values, context, set, order, at, step, fields, fields_of, reviewing, position, count, wrong, failed, sending, checking, asks, finished, returning, resumed, forward, back, revise, submit, start_over }
}
export type ServiceFormState = ReturnType<typeof use_service_form>
