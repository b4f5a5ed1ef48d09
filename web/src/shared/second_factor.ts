/** One's own second factor, step by step; the pages of console and portal show it each in their way. */
import { ref } from 'vue'
import { api } from './api'
import { load_session } from './session'

export interface Setup { secret: string; uri: string; qr?: { size: number; path: string } }

export function use_second_factor() {
  const setup = ref<Setup | null>(null)
  const code = ref('')
  async function begin(): Promise<void> {
    setup.value = await api.post<Setup>('/api/v1/totp')
  }
  async function confirm(): Promise<void> {
    await api.post('/api/v1/totp/confirm', { code: code.value.trim() })
    setup.value = null
    code.value = ''
    await load_session()
  }
  async function stop(): Promise<void> {
    await api.delete('/api/v1/totp', { body: { code: code.value.trim() } })
    code.value = ''
    await load_session()
  }
  return { setup, code, begin, confirm, stop }
}
