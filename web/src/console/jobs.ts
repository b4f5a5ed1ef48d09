import { api } from '../shared/api'
import type { Job } from '../shared/types'

const pause = (milliseconds: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
  const timer = window.setTimeout(resolve, milliseconds)
  signal?.addEventListener('abort', () => {
    window.clearTimeout(timer)
    reject(new DOMException('aborted', 'AbortError'))
  }, { once: true })
})

/** Asks until the job has ended, quickly at first and then each two seconds. */
export async function watch_job(id: string, seen: (job: Job) => void, signal?: AbortSignal): Promise<Job> {
  let wait = 200
  for (;;) {
    const job = await api.get<Job>(`/api/v1/jobs/${encodeURIComponent(id)}`, undefined, signal)
    seen(job)
    if (job.state !== 'queued' && job.state !== 'running') return job
    await pause(wait, signal)
    wait = Math.min(2000, wait * 1.5)
  }
}
