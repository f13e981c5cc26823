import { Component, type ReactNode } from 'react'
import { ErrorPanel } from './error-panel.tsx'

interface Props {
  /** A change of this value clears the error, e.g. the address of the page. */
  resetKey: string
  children: ReactNode
}

/** Keeps a fault of one page on that page: the rest of the window goes on. */
export class ErrorBoundary extends Component<Props, { error: Error | null; resetKey: string }> {
  override state: { error: Error | null; resetKey: string } = { error: null, resetKey: this.props.resetKey }

  static getDerivedStateFromError(cause: unknown): { error: Error } {
    return { error: cause instanceof Error ? cause : new Error(String(cause)) }
  }

  static getDerivedStateFromProps(props: Props, state: { resetKey: string }) {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey }
  }

  override render() {
    if (!this.state.error) return this.props.children
    return (
      <div className="page-scroll">
        <ErrorPanel
          title="This view could not be shown"
          error={this.state.error}
          retry={() => this.setState({ error: null })}
        />
      </div>
    )
  }
}
